"""What stops a comparison before it can say anything."""

from __future__ import annotations

from websocket_v6.exceptions import UpbitWebSocketError

__all__ = ["ParityError"]


class ParityError(UpbitWebSocketError):
    """The comparison cannot be run as asked; nothing was compared.

    What happened:
        A comparison could not be run as asked; nothing was compared.

    Why:
        The program to run, the feed or the class is not there or does not start, or the options
        contradict each other.

    What to do:
        The message names the value and ends with the remedy.

    Args:
        problem: what is wrong, with the value that is.
        remedy: what to do instead.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem}. {self.remedy}"
