from .clients import *
from .clients import PublicFeed as Feed, OpenFeed

__all__ = ["Feed", "OpenFeed", "Watcher"]

from .watcher import Watcher
