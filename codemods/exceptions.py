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
    """Base of everything the migration tool raises.

    What happened:
        The migration tool could not do what it was asked.

    Why:
        It is never raised itself: the class below it names the cause.

    What to do:
        Catch it where the tool is called from a program; the command line turns it into an exit code.
    """


class UsageError(MigrationError):
    """A wrong argument or setting. Nothing was written.

    What happened:
        An argument, an option or a setting of `[tool.upbit-migrate]` cannot be used. Nothing was
        written.

    Why:
        A path that is not there, an unknown rule code, or options that contradict each other.

    What to do:
        Correct what the message names; `upbit-migrate COMMAND --help` has examples.
    """


class MissingExtraError(UsageError):
    """A library of the ``migrate`` extra is not installed.

    What happened:
        A command needs a library that is not installed.

    Why:
        The libraries of the tool are no dependency of an application: they come with the extra
        `migrate`.

    What to do:
        Run the pip line the message ends with.

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

    What happened:
        Following values through the project did not come to an end, so nothing was written.

    Why:
        Very many files hand clients to each other. A verdict from half an analysis could move one half
        of an object.

    What to do:
        Run the tool on fewer folders at a time.

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
    """A run cannot be recorded, or cannot be taken back.

    What happened:
        A run cannot be recorded, or cannot be taken back. No file was changed.

    Why:
        The folder `.upbit-migrate` cannot be written, there is no run to take back, or a file of the
        last run was changed since.

    What to do:
        Make the folder writable, or restore the named files from version control; `undo --skip-changed`
        takes back the others.
    """


class FileError(MigrationError):
    """One file cannot be read, rewritten or written. The message is the reason, without the
    path.

    What happened:
        One file cannot be read, rewritten or written; the others go on.

    Why:
        It is no valid Python, its encoding is not what it says, or it may not be written.

    What to do:
        Mend the file and run again: a second run does only what is left.
    """
