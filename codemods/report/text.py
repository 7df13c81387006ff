"""The summary of a run for a person at a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from codemods.census import Mention, MentionKind
from codemods.patches import file_patch, withheld_notices
from codemods.paths import printable
from codemods.result import Finding, FindingOutcome
from codemods.run import Run

__all__ = ["counted", "mention_counts", "summary_lines"]

_MOST_NOTES = 40
_MOST_SKIPPED = 10
_CONFIGURATION = (MentionKind.CONFIG, MentionKind.SHELL)
"""Where a mention may be a path that something imports."""


def summary_lines(run: Run, *, show_secrets: bool) -> Iterator[str]:
    """The summary, line by line, without line ends or colours."""
    yield from _failures(run)
    yield from _findings(run, FindingOutcome.KEPT, "kept on compat_v5", show_secrets)
    yield from _findings(
        run, FindingOutcome.DELIBERATE, "left as the source asks for", show_secrets, _MOST_NOTES
    )
    yield from _findings(run, FindingOutcome.NOTE, "to know", show_secrets, _MOST_NOTES)
    yield from _configuration(run)
    yield from _withheld(run, show_secrets)
    yield from _skipped(run)
    yield from _verdict(run)


def counted(count: int, singular: str, plural: str | None = None) -> str:
    """``1 file``, ``2 files``."""
    return f"{count} {singular if count == 1 else plural or singular + 's'}"


def mention_counts(mentions: Sequence[Mention]) -> str:
    """``3 import, 1 docs``, the most frequent first."""
    kinds = Counter(mention.kind.value for mention in mentions)
    return ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())


def _failures(run: Run) -> Iterator[str]:
    if not run.failed:
        return
    yield f"could not be handled ({len(run.failed)}):"
    for failed in run.failed:
        yield f"  {printable(failed.path)}: {failed.stage}: {_safe(run, failed.message, False)}"
    yield ""


def _findings(
    run: Run, outcome: FindingOutcome, title: str, show_secrets: bool, most: int | None = None
) -> Iterator[str]:
    found = [finding for finding in run.findings if finding.outcome is outcome]
    if not found:
        return
    yield f"{title} ({len(found)}):"
    told: dict[tuple[str, ...], str] = {}
    for finding in found[:most]:
        yield from _finding(run, finding, told, show_secrets)
    if most is not None and len(found) > most:
        yield f"  ... and {len(found) - most} more; see --report"
    yield ""


def _finding(
    run: Run, finding: Finding, told: dict[tuple[str, ...], str], show_secrets: bool
) -> Iterator[str]:
    """One place; *told* knows where a chain of reasons has been printed already."""
    message = _safe(run, finding.message, show_secrets)
    place = f"{printable(finding.path)}:{finding.line}:{finding.column}"
    yield f"  {place}: {finding.rule} {message}"
    if len(finding.reasons) > 1 and finding.reasons in told:
        yield f"      because of the same as {told[finding.reasons]}"
        return
    told[finding.reasons] = place
    for reason in dict.fromkeys(finding.reasons):
        yield f"      because {_safe(run, reason, show_secrets)}"


def _configuration(run: Run) -> Iterator[str]:
    """No rule changes what is no Python, and a path in there is imported all the same."""
    found = _configured(run)
    if not found:
        return
    yield f"configuration and scripts that name v5, to be changed by hand ({len(found)}):"
    for mention in found[:_MOST_SKIPPED]:
        yield f"  {printable(mention.path)}:{mention.line}: {printable(mention.name)}"
    if len(found) > _MOST_SKIPPED:
        yield f"  ... and {len(found) - _MOST_SKIPPED} more; see --report"
    yield ""


def _configured(run: Run) -> list[Mention]:
    return [mention for mention in run.mentions if mention.kind in _CONFIGURATION]


def _withheld(run: Run, show_secrets: bool) -> Iterator[str]:
    if show_secrets:
        return
    notices = [
        notice
        for changed in run.changed
        for notice in withheld_notices(file_patch(run, changed, show_secrets=False))
    ]
    yield from notices
    if notices:
        yield ""


def _skipped(run: Run) -> Iterator[str]:
    if not run.skipped:
        return
    yield f"not looked into ({len(run.skipped)}):"
    for skipped in run.skipped[:_MOST_SKIPPED]:
        yield f"  {printable(skipped.path)}: {skipped.reason}"
    if len(run.skipped) > _MOST_SKIPPED:
        yield f"  ... and {len(run.skipped) - _MOST_SKIPPED} more; see --report"
    yield ""


def _verdict(run: Run) -> Iterator[str]:
    changed, kept = len(run.changed), run.count(FindingOutcome.KEPT)
    deliberate = run.count(FindingOutcome.DELIBERATE)
    left = f", {deliberate} left deliberately" if deliberate else ""
    verb = "changed" if run.is_written else "would change"
    yield (
        f"{counted(run.file_count, 'file')} read, {verb} {changed}: "
        f"{counted(run.count(FindingOutcome.REWRITTEN), 'place')} rewritten, "
        f"{kept} kept on compat_v5{left}, "
        f"{counted(len(run.failed), 'file')} failed ({run.seconds:.1f} s)"
    )
    if run.mentions:
        counts = mention_counts(run.mentions)
        yield f"mentions of v5 left: {counts} (upbit-migrate census lists them)"
    if run.is_interrupted:
        yield "interrupted: what was written so far is whole; upbit-migrate undo takes it back"
    if run.is_written and run.journal is not None:
        yield f"take it back: upbit-migrate undo {printable(str(run.root))}"
    elif changed and not run.is_written:
        yield "nothing was written; --write applies this"
    elif not (changed or kept or run.failed or run.count(FindingOutcome.NOTE) or _configured(run)):
        yield "nothing left to do"


def _safe(run: Run, text: str, show_secrets: bool) -> str:
    return printable(text if show_secrets else run.secret_text.without_keys(text))
