"""What the emulator raises.

::

    EmulatorError
    ├── BadSettingError (ValueError)      an argument that could never work
    ├── PortInUseError (OSError)          another program listens there
    ├── ReplayFileError              a recording that is missing or does not read
    └── WaitTimeoutError (TimeoutError)   a ``wait_*`` call gave up
"""

from __future__ import annotations

__all__ = [
    "BadSettingError",
    "EmulatorError",
    "PortInUseError",
    "ReplayFileError",
    "WaitTimeoutError",
]


class EmulatorError(Exception):
    """Base of everything the emulator raises."""


class BadSettingError(EmulatorError, ValueError):
    """An argument that could never work; the text names the value and the remedy."""


class PortInUseError(EmulatorError, OSError):
    """The port cannot be bound; another program holds it."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.port = port

    def __str__(self) -> str:
        return f"port {self.port} is in use; choose another one, or 0 for any free port"


class ReplayFileError(EmulatorError):
    """A recording that is missing, unreadable or not in the record format."""


class WaitTimeoutError(EmulatorError, TimeoutError):
    """A ``wait_*`` call gave up; the text says what was waited for and what was there instead."""
