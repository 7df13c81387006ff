"""Frames that cannot be decoded: counted each, told of now and then."""

from __future__ import annotations

import logging
from typing import Final

from ..exceptions import DecodeError
from ..protocol.decoder import parse
from .counters import Counters

__all__ = ["Undecodable"]

logger = logging.getLogger(__name__)

_REPORT_EVERY: Final = 1000


class Undecodable:
    """Those of one connection.

    Args:
        private: never show content in logs.
    """

    def __init__(self, counters: Counters, *, private: bool) -> None:
        self._counters = counters
        self._private = private

    def message(self, payload: bytes) -> None:
        """A whole message was one."""
        if self._counts():
            try:
                parse(payload)  # it says what is wrong
            except DecodeError as error:
                self._tell(error)

    def add(self, error: DecodeError) -> None:
        """This was found in one."""
        if self._counts():
            self._tell(error)

    def _counts(self) -> bool:
        """Count one more; whether it is told of."""
        count = self._counters.decode_errors = self._counters.decode_errors + 1
        return count == 1 or count % _REPORT_EVERY == 0

    def _tell(self, error: DecodeError) -> None:
        logger.warning(
            "frame_undecodable",
            extra={
                "problem": "" if self._private else error.problem,
                "size": error.size,
                "sample": "" if self._private else error.sample,
                "count": self._counters.decode_errors,
            },
        )
