"""``upbit-migrate`` and ``python -m codemods``."""

from __future__ import annotations

import sys

from codemods.cli.main import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
