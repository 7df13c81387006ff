"""``python -m websocket_v6``: the same as ``upbit-ws``."""

from __future__ import annotations

import sys

from .cli import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
