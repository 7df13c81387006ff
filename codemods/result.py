"""What the engine says about one file: a closed set of outcomes, and the findings they carry.

All of them are frozen and picklable, so that files can be rewritten in worker processes.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

__all__ = [
    "STAYS",
    "STAYS_ON_V5",
    "Changed",
    "Failed",
    "Finding",
    "FindingOutcome",
    "Outcome",
    "Unchanged",
]

STAYS = "stays on compat_v5: "
"""How the message of a construction begins whose client other places keep; their reason follows."""

STAYS_ON_V5 = "stays on v5: "
"""The same, where files that are not written keep the whole of v5 in use."""


class FindingOutcome(enum.StrEnum):
    """How one mention of v5 ended."""

    REWRITTEN = "rewritten"
    """It is v6 now."""
    KEPT = "kept"
    """It stays on ``compat_v5``, and a ``# TODO(upbit-migrate UWSnnn)`` mark says why."""
    DELIBERATE = "deliberate"
    """The source says ``# uws: keep[UWSnnn] reason``: left as it is."""
    NOTE = "note"
    """Nothing was or will be changed; a person should know."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One mention of v5 and what became of it.

    Args:
        rule: code of the rule that decided, such as ``"UWS101"``.
        outcome: see :class:`FindingOutcome`.
        path: the file, as it was given to the engine.
        line: 1-based line *before* the rewrite.
        column: 1-based column in characters.
        message: one sentence.
        reasons: the chain of facts behind the decision, first fact first; may be empty.
    """

    rule: str
    outcome: FindingOutcome
    path: str
    line: int
    column: int
    message: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """The file has a new text. *before* and *after* are exact bytes."""

    path: str
    before: bytes
    after: bytes
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The file stays as it is; it may still have findings."""

    path: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """This file could not be handled and is untouched.

    Args:
        stage: ``"decode"``, ``"parse"``, ``"analysis"``, ``"rewrite"`` or ``"check"``.
        message: what happened and, where there is one, the remedy.
    """

    path: str
    stage: str
    message: str


Outcome = Changed | Unchanged | Failed
