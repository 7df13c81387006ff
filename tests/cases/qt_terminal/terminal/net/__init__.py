"""Network side of the terminal."""
from .worker import FeedWorker
from .orders import OrderWorker

__all__ = ["FeedWorker", "OrderWorker"]
