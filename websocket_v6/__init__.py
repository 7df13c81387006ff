"""One shared, verified connection to the Upbit exchange per process."""

from __future__ import annotations

from ._version import __version__

__all__ = ["__version__"]
