"""Secrets that are planted everywhere, and a reader that finds them in whatever comes out."""

from __future__ import annotations

import base64
import json
import logging
import traceback
from collections.abc import Iterator

import pytest

ACCESS_KEY = "CANARYaccessKEYaaaaaaaaaaaaaaaaaaaaaaa01"
SECRET_KEY = "CANARYsecretKEYbbbbbbbbbbbbbbbbbbbbbbb02"
ORDER_IDENTIFIER = "canary-order-identifier-03"
DEPOSIT = "9182736455.12345678"
BALANCE = "9183736455"
"""What the deposit makes of the million the emulator's account starts with."""


class Canaries:
    """What must never be seen: *secrets* anywhere, *private* nowhere but in callbacks."""

    def __init__(self) -> None:
        self.secrets = {ACCESS_KEY, SECRET_KEY}
        self.private = {ORDER_IDENTIFIER, BALANCE, DEPOSIT}
        # A token holds the access key in base64, at three possible offsets.
        for start in range(3):
            coded = base64.urlsafe_b64encode(b" " * start + ACCESS_KEY.encode()).decode()
            self.secrets.add(coded[4:-4])

    def found_in(self, text: str) -> set[str]:
        return {canary for canary in self.secrets | self.private if canary in text}


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
