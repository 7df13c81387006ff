"""What the migration tool raises.

::

    MigrationError
    ├── UsageError               a wrong argument or setting; nothing was read or written
    │   └── MissingExtraError         an optional dependency is not installed
    ├── AnalysisIncomplete       following values took too many steps; nothing was written
    ├── JournalError             a run cannot be recorded, or cannot be taken back
    └── FileError                one file cannot be read, rewritten or written; the others go on

``str()`` names the value and the remedy. ``UsageError`` and ``JournalError`` end the command with
status 2, a ``FileError`` becomes the outcome of its file.
"""

from __future__ import annotations

__all__ = [
    "AnalysisIncomplete",
    "FileError",
    "JournalError",
    "MigrationError",
    "MissingExtraError",
    "UsageError",
]


class MigrationError(Exception):
    """Base of everything the migration tool raises."""


class UsageError(MigrationError):
    """A wrong argument or setting. Nothing was written."""


class MissingExtraError(UsageError):
    """A library of the ``migrate`` extra is not installed.

    Args:
        library: the import name of the missing library.
    """

    def __init__(self, library: str) -> None:
        super().__init__(library)
        self.library = library

    def __str__(self) -> str:
        return (
            f"this command needs {self.library}, which is not installed; "
            "run: python -m pip install 'upbit-websocket-v6[migrate]'"
        )


class AnalysisIncomplete(MigrationError):
    """The flow analysis did not settle, so no verdict of it may be used. Nothing was written.

    Args:
        files: how many files were analysed together.
    """

    def __init__(self, files: int) -> None:
        super().__init__(files)
        self.files = files

    def __str__(self) -> str:
        return (
            f"following values through {self.files} files did not come to an end; "
            "run the tool on fewer folders at a time"
        )


class JournalError(MigrationError):
    """A run cannot be recorded, or cannot be taken back."""


class FileError(MigrationError):
    """One file cannot be read, rewritten or written. The message is the reason, without the
    path."""
