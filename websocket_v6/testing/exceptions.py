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
    """Base of everything the emulator raises.

    What happened:
        The local exchange cannot do what it was asked.

    Why:
        It is never raised itself: the class below it names the cause.

    What to do:
        Catch it where a test wants any failure of the emulator.
    """


class BadSettingError(EmulatorError, ValueError):
    """An argument that could never work; the text names the value and the remedy.

    What happened:
        An argument, an option or a control command of the emulator has a value it cannot have.

    Why:
        A typing error, or a value of another region or feed.

    What to do:
        Correct what the message names; docs/emulator.md lists what there is.
    """


class PortInUseError(EmulatorError, OSError):
    """The port cannot be bound; another program holds it, or the system keeps it for itself.

    What happened:
        The emulator could not listen on the port it was given.

    Why:
        Another program, often an earlier emulator, still holds it. Or the system does not give it away:
        below 1024 on POSIX systems, and in the ranges that Windows reserves.

    What to do:
        End that program, or take `port=0`: any free port.

    Args:
        port: the port.
        refused: the system keeps it for itself.
    """

    def __init__(self, port: int, *, refused: bool = False) -> None:
        super().__init__(port)
        self.port = port
        self.refused = refused

    def __str__(self) -> str:
        what = "is not given away by the system" if self.refused else "is in use"
        return f"port {self.port} {what}; choose another one, or 0 for any free port"


class ReplayFileError(EmulatorError):
    """A recording that is missing, unreadable or not in the record format.

    What happened:
        A recording cannot be played.

    Why:
        The file is not there, cannot be read, or a line of it is no recorded frame.

    What to do:
        Mend the named line, or record anew with `upbit-ws record`.
    """


class WaitTimeoutError(EmulatorError, TimeoutError):
    """A ``wait_*`` call gave up; the text says what was waited for and what was there instead.

    What happened:
        What a test waited for at the exchange did not happen in time.

    Why:
        The client never asked for it, or asked for something else; the message says what the exchange
        holds instead.

    What to do:
        Look at `sent_requests`; give a longer `timeout=` only where the client is allowed to be that
        slow.
    """
