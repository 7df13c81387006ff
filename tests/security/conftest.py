"""Secrets that are planted everywhere, and a reader that finds them in whatever comes out."""

from __future__ import annotations

import base64
import json
import logging
import traceback
from collections.abc import Iterator

import pytest

ACCESS_KEY = "Qz7vKp2wXc9mRt4nYb6jHd8fLs3gVx5kWq1aZe0u"
SECRET_KEY = "Ju8hMk4bNv6tXr2cPz9yGw5dQf7sLa3eHn1iOo0x"
"""As those of the exchange, 40 letters and digits; no eight of them occur anywhere else."""
ORDER_IDENTIFIER = "canary-order-identifier-03"
DEPOSIT = "9182736455.12345678"
BALANCE = "9183736455"
"""What the deposit makes of the million the emulator's account starts with."""


PIECE = 8
"""Characters of a key that are too many to show in one piece."""


def _pieces(key: str) -> set[str]:
    return {key[start : start + PIECE] for start in range(len(key) - PIECE + 1)}


class Canaries:
    """What must never be seen: *secrets* anywhere, *private* nowhere but in callbacks.

    A piece of a key is as bad as the key: the beginning of one, say, as a name for it.
    """

    def __init__(self) -> None:
        self.secrets = _pieces(ACCESS_KEY) | _pieces(SECRET_KEY)
        self.private = {ORDER_IDENTIFIER, BALANCE, DEPOSIT}
        # A token holds the access key in base64, at three possible offsets.
        for start in range(3):
            coded = base64.urlsafe_b64encode(b" " * start + ACCESS_KEY.encode()).decode()
            self.secrets |= _pieces(coded[4:-4])

    def secrets_in(self, text: str) -> set[str]:
        return {secret for secret in self.secrets if secret in text}

    def found_in(self, text: str) -> set[str]:
        return self.secrets_in(text) | {one for one in self.private if one in text}


@pytest.fixture
def canaries() -> Canaries:
    return Canaries()


class Everything(logging.Handler):
    """Every log record of the process as the most talkative handler would write it."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        fields = {k: v for k, v in vars(record).items() if k not in ("exc_info", "args")}
        self.lines.append(f"{record.getMessage()} {json.dumps(fields, default=repr)}")
        if record.exc_text:
            self.lines.append(record.exc_text)
        if record.exc_info and record.exc_info[1] is not None:
            self.lines.append(with_locals(record.exc_info[1]))

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def with_locals(error: BaseException) -> str:
    """A traceback as crash reporters send it: with the ``repr`` of every local variable."""
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


@pytest.fixture
def logs() -> Iterator[Everything]:
    """DEBUG for everybody, as ``logging.basicConfig(level=logging.DEBUG)`` does."""
    handler, root = Everything(), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.setLevel(before)
    root.removeHandler(handler)
