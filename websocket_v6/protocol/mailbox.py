"""Frames waiting for one callback, and what goes when too many wait."""

from __future__ import annotations

from collections import deque
from typing import Any

from msgspec import Struct

from ..subscription import DeliveryPolicy

__all__ = ["Letter", "Mailbox"]


class Letter(Struct, frozen=True):
    """One waiting frame. *at* is when it was put in, in seconds."""

    at: float
    code: str
    payload: Any


class Mailbox:
    """A queue with a policy. Not thread-safe: the caller holds a lock where threads meet.

    Empty ones, which is most of them, keep no deque: it takes 760 bytes.
    """

    __slots__ = ("_letters", "_warn_above", "dropped", "overflowing", "policy")

    def __init__(self, policy: DeliveryPolicy, warn_above: int) -> None:
        self._letters: deque[Letter] | tuple[()] = ()
        self.policy = policy
        self._warn_above = warn_above
        self.dropped = 0
        self.overflowing = False
        """A slow episode is on: it starts when frames are dropped, replaced or pile up beyond the
        size, and ends when the mailbox runs empty."""

    def __len__(self) -> int:
        return len(self._letters)

    @property
    def oldest(self) -> float | None:
        """When the longest waiting frame was put in; ``None`` when none waits."""
        return self._letters[0].at if self._letters else None

    def put(self, letter: Letter) -> bool:
        """Add a frame.

        Returns:
            True when this begins a slow episode.
        """
        letters = self._letters
        if not isinstance(letters, deque):
            letters = self._letters = deque()
        policy = self.policy
        size = policy.size
        if policy.kind == "latest":
            full = any(waiting.code == letter.code for waiting in letters)
            if full:
                self._keep_newest(letters, but=letter.code)
        else:
            full = len(letters) >= (self._warn_above if size is None else size)
            if full and policy.kind == "drop_oldest":
                letters.popleft()
                self.dropped += 1
            elif full and policy.kind == "conflate":
                self._keep_newest(letters, but=letter.code)
        letters.append(letter)
        # Replacing is what "latest" is for, and no sign of trouble.
        begins = full and not self.overflowing and policy.kind != "latest"
        self.overflowing |= begins
        return begins

    def take(self) -> Letter:
        """The oldest frame. Raises ``IndexError`` when none waits."""
        letters = self._letters
        if not isinstance(letters, deque):
            raise IndexError("no letter waits")
        letter = letters.popleft()
        if not letters:
            self.clear()
        return letter

    def clear(self) -> None:
        self._letters = ()
        self.overflowing = False

    def discard(self, codes: set[str]) -> None:
        """Take out the frames of *codes*."""
        kept = [letter for letter in self._letters if letter.code not in codes]
        if kept:
            self._letters = deque(kept)
        else:
            self.clear()

    def _keep_newest(self, letters: deque[Letter], *, but: str) -> None:
        """Keep the newest frame per code, none of *but*, whose newest is about to be added."""
        seen = {but}
        kept: list[Letter] = []
        for letter in reversed(letters):
            if letter.code not in seen:
                seen.add(letter.code)
                kept.append(letter)
        self.dropped += len(letters) - len(kept)
        letters.clear()
        letters.extend(reversed(kept))
