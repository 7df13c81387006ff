"""``upbit-migrate`` and ``python -m codemods``."""

from __future__ import annotations

import os
import sys

# ``python -m`` puts the working directory first: usually the tree to be migrated, and no module of that
# may be imported, whatever it is called. That holds for pathlib as well.
_HOME = os.path.dirname(os.path.dirname(__file__))  # noqa: PTH120
if __name__ == "__main__" and sys.path[0] == os.getcwd() != _HOME:  # noqa: PTH109
    del sys.path[0]

from codemods.cli.main import main  # noqa: E402

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
