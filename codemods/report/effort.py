"""How long the rest will take a person: a range, with the sum shown.

The minutes are rules of thumb for someone who knows the application: to read the place and its
reasons, change it by hand and see it work. They are added up, not corrected downwards for
practice. What stays only because another place does (its import, its annotations, its
construction) costs a look once that place is changed.
"""

from __future__ import annotations

from dataclasses import dataclass

from codemods.census import MentionKind
from codemods.result import STAYS, STAYS_ON_V5, Finding, FindingOutcome
from codemods.run import Run

__all__ = ["Effort", "remaining_effort"]

_FIRST_OF_FILE = (10, 30)
_NEXT_IN_FILE = (2, 10)
_CONSEQUENCE = (0, 2)
_NOTE = (1, 3)
_FAILED_FILE = (5, 30)
_CONFIG_LINE = (1, 5)


@dataclass(frozen=True, slots=True)
class Effort:
    """One line of the estimate, in minutes."""

    what: str
    count: int
    low: int
    high: int


def remaining_effort(run: Run) -> list[Effort]:
    """The estimate by kind of work; lines that count nothing are left out."""
    kept = [finding for finding in run.findings if finding.outcome is FindingOutcome.KEPT]
    causes = [finding for finding in kept if not _is_consequence(finding)]
    first = len({finding.path for finding in causes})
    following = len(causes) - first
    notes = run.count(FindingOutcome.NOTE)
    failed = len(run.failed)
    configs = sum(m.kind in (MentionKind.CONFIG, MentionKind.SHELL) for m in run.mentions)
    lines = [
        _line(
            "files with places kept on compat_v5: the first place of each", first, _FIRST_OF_FILE
        ),
        _line("further places in those files", following, _NEXT_IN_FILE),
        _line("places that stay only with those", len(kept) - len(causes), _CONSEQUENCE),
        _line("notes to read", notes, _NOTE),
        _line("files that could not be handled", failed, _FAILED_FILE),
        _line("lines in configuration and shell files", configs, _CONFIG_LINE),
    ]
    return [line for line in lines if line.count]


def _is_consequence(finding: Finding) -> bool:
    """Whether it only constructs, imports or describes what other places keep."""
    return finding.message.startswith((STAYS, STAYS_ON_V5)) or finding.rule in (
        "UWS101",
        "UWS102",
        "UWS150",
    )


def _line(what: str, count: int, minutes: tuple[int, int]) -> Effort:
    return Effort(what, count, count * minutes[0], count * minutes[1])
