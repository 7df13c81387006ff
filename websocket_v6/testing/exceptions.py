"""What the emulator raises.

::

    EmulatorError
    ├── BadSetting (ValueError)      an argument that could never work
    ├── PortInUse (OSError)          another program listens there
    ├── ReplayFileError              a recording that is missing or does not read
    └── WaitTimeout (TimeoutError)   a ``wait_*`` call gave up
"""

from __future__ import annotations

__all__ = ["BadSetting", "EmulatorError", "PortInUse", "ReplayFileError", "WaitTimeout"]


class EmulatorError(Exception):
    """Base of everything the emulator raises."""


class BadSetting(EmulatorError, ValueError):
    """An argument that could never work; the text names the value and the remedy."""


class PortInUse(EmulatorError, OSError):
    """The port cannot be bound; another program holds it."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.port = port

    def __str__(self) -> str:
        return f"port {self.port} is in use; choose another one, or 0 for any free port"


class ReplayFileError(EmulatorError):
    """A recording that is missing, unreadable or not in the record format."""


class WaitTimeout(EmulatorError, TimeoutError):
    """A ``wait_*`` call gave up; the text says what was waited for and what was there instead."""
