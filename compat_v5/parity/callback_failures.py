"""Exceptions that callbacks raised, before and after.

A runtime logs them and goes on, so a callback that fails on every frame still *receives* every frame.
Line numbers move in a migration; what stays is the callback, the kind of exception, and the
function of the program it came from.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .received import Recording
from .verdict import Difference, Kind

__all__ = ["CallbackFailure", "Place", "failure_differences", "failure_notes", "read_failure"]

_SHOWN = 4  # lines of the first traceback


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a traceback: *file* relative to the program's folder where it lies in it."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f'File "{self.file}", line {self.line}, in {self.function}'


@dataclass(frozen=True, slots=True)
class CallbackFailure:
    """One exception of one call of a callback.

    Args:
        callback: its qualified name.
        error: qualified name of the class.
        text: the exception in one line; the class alone where the frame was private.
        places: lines of the program in the traceback, the outermost first; those of libraries where
            there is no other.
    """

    callback: str
    error: str
    text: str
    places: tuple[Place, ...]

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What the same failure has in common in another run."""
        inner = self.places[-1] if self.places else Place("", 0, "")
        return self.callback, self.error, inner.file, inner.function

    @property
    def where(self) -> str:
        """`` in Chart.on_tick``: the innermost function, where it is another than the callback."""
        function = self.places[-1].function if self.places else self.callback
        return "" if function == self.callback else f" in {function}"

    def lines(self) -> Iterator[str]:
        """The traceback, shortened."""
        yield from (str(place) for place in self.places[-_SHOWN:])
        # Of a text of several lines the trace keeps the last, which may not name the class.
        kind = self.error.rpartition(".")[2]
        yield self.text if kind in self.text else f"{self.error}: {self.text}"


def read_failure(entry: Mapping[str, Any], directory: Path) -> CallbackFailure:
    """A line of the delivery trace.

    Args:
        directory: the program's folder.

    Raises:
        KeyError, TypeError, ValueError: it is no such line.
    """
    frames = [
        Place(os.path.join(directory, str(file)), int(line), str(function))  # noqa: PTH118 may be absolute
        for file, line, function in entry["frames"]
    ]
    own = [
        Place(os.path.relpath(place.file, directory), place.line, place.function)
        for place in frames
        if Path(place.file).is_relative_to(directory) and "site-packages" not in place.file
    ]
    libraries = [Place(Path(p.file).name, p.line, p.function) for p in frames]
    return CallbackFailure(
        callback=str(entry["callback"]),
        error=str(entry["failed"]),
        text=str(entry["text"]),
        places=tuple(own or libraries),
    )


def failure_differences(before: Recording, after: Recording) -> Iterator[Difference]:
    """Exceptions that came after and not before, or more often than more deliveries explain."""
    known = _by_key(before.failures)
    calls = [Counter(frame.topic.callback for frame in side.frames) for side in (before, after)]
    for key, failures in _by_key(after.failures).items():
        callback = failures[0].callback
        further = max(0, calls[1][callback] - calls[0][callback])
        there = known.get(key, [])
        surplus = len(failures) - len(there)
        if surplus <= 0 or (there and surplus <= further + _chance(there, failures)):
            continue
        yield Difference(
            Kind.RAISED,
            after.label,
            None,
            surplus,
            _sentence(
                failures,
                (len(there), len(failures)),
                (calls[0][callback], calls[1][callback]),
                (before.label, after.label),
            ),
            tuple(failures[0].lines()),
        )


def failure_notes(before: Recording, after: Recording) -> Iterator[str]:
    """Exceptions that both runs saw, and those that are gone."""
    there = _by_key(after.failures)
    for key, failures in _by_key(before.failures).items():
        first = failures[0]
        raises = f"{first.callback} raises {first.error}{first.where}"
        earlier = f"{before.label} ({_times(failures)})"
        later = (
            f"{after.label} ({_times(there[key])})" if key in there else f"no longer {after.label}"
        )
        yield f"{raises} {earlier} and {later}"


def _times(failures: Sequence[CallbackFailure]) -> str:
    return "once" if len(failures) == 1 else f"{len(failures)} times"


def _chance(before: Sequence[CallbackFailure], after: Sequence[CallbackFailure]) -> float:
    """How many more of the same failure two equal runs may see.

    Three standard deviations of a difference between two counts. What fails by chance, or until
    something else has started, says the same each time.
    """
    new = {failure.text for failure in after} - {failure.text for failure in before}
    return 0.0 if new else 3 * math.sqrt(len(before) + len(after))


def _by_key(
    failures: Sequence[CallbackFailure],
) -> dict[tuple[str, str, str, str], list[CallbackFailure]]:
    found: dict[tuple[str, str, str, str], list[CallbackFailure]] = {}
    for failure in failures:
        found.setdefault(failure.key, []).append(failure)
    return found


def _sentence(
    failures: Sequence[CallbackFailure],
    raised: tuple[int, int],
    calls: tuple[int, int],
    labels: tuple[str, str],
) -> str:
    first = failures[0]
    instead = f"{raised[0]} of {calls[0]}" if raised[0] else "none"
    return (
        f"{labels[1]}, {first.callback}: {raised[1]} of {calls[1]} calls raised {first.error}"
        f"{first.where}; {labels[0]}, {instead} did"
    )
