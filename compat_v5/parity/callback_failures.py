"""Exceptions that callbacks raised, before and after.

A runtime logs them and goes on, so a callback that fails on every frame still *receives* every frame.
Line numbers move in a migration; what stays is the callback, the kind of exception, and the
function of the program it came from.
"""

from __future__ import annotations

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

    def lines(self) -> Iterator[str]:
        """The traceback, shortened."""
        yield from (str(place) for place in self.places[-_SHOWN:])
        yield self.text


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
    known = Counter(failure.key for failure in before.failures)
    calls = [Counter(frame.topic.callback for frame in side.frames) for side in (before, after)]
    for key, failures in _by_key(after.failures).items():
        callback = failures[0].callback
        further = max(0, calls[1][callback] - calls[0][callback])
        surplus = len(failures) - known[key]
        if surplus <= 0 or (known[key] and surplus <= further):
            continue
        yield Difference(
            Kind.RAISED,
            after.label,
            None,
            surplus,
            _sentence(failures, calls[1][callback], known[key], (before.label, after.label)),
            tuple(failures[0].lines()),
        )


def failure_notes(before: Recording, after: Recording) -> Iterator[str]:
    """Exceptions that both runs saw, and those that are gone."""
    there = _by_key(after.failures)
    for key, failures in _by_key(before.failures).items():
        first = failures[0]
        if key not in there:
            yield f"{first.callback} raised {first.error} {before.label}, and no longer {after.label}"
        else:
            yield f"{first.callback} raises {first.error} {before.label} and {after.label}"


def _by_key(
    failures: Sequence[CallbackFailure],
) -> dict[tuple[str, str, str, str], list[CallbackFailure]]:
    found: dict[tuple[str, str, str, str], list[CallbackFailure]] = {}
    for failure in failures:
        found.setdefault(failure.key, []).append(failure)
    return found


def _sentence(
    failures: Sequence[CallbackFailure], calls: int, known: int, labels: tuple[str, str]
) -> str:
    first = failures[0]
    where = f" in {first.places[-1].function}" if first.places else ""
    instead = f"{known} times" if known else "never"
    return (
        f"{labels[1]}, {first.callback}: {len(failures)} of {calls} calls end in "
        f"{first.error}{where}, {labels[0]} {instead}"
    )
