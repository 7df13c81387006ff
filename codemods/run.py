"""One run from paths to outcomes: discover, gate, index, rewrite, write.

The decisions are made by `codemods.engine`; everything here is order, faults and bookkeeping.
Files are written one after the other when all decisions are made, so that an interruption leaves
whole files and a journal that takes them back.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from codemods.census import Mention
from codemods.discovery import DiscoveredFile, Discovery, FileKind, Skipped, Target, discover
from codemods.documents import Document, document_mentions, open_document
from codemods.exceptions import FileError
from codemods.gate import relevant
from codemods.index import ProjectIndex, build_index
from codemods.journal import Journal
from codemods.options import Options
from codemods.parallel import rewrite_all
from codemods.result import Changed, Failed, Finding, FindingOutcome, Outcome
from codemods.secrets import SecretText, key_facts
from codemods.write import read_regular_file

__all__ = ["NO_PROGRESS", "MigrationSummary", "Progress", "Run", "execute"]

_CENSUS_LIMIT = 2_000_000
"""Bytes. Bigger files that are no source (data, logs) are left to `upbit-migrate census`."""


class Progress(Protocol):
    """Told how far a run is."""

    def stage(self, name: str, total: int | None) -> None:
        """A stage begins; *total* steps, or None if unknown."""

    def advance(self) -> None:
        """One step of the stage is done."""


class _NoProgress:
    def stage(self, name: str, total: int | None) -> None:
        del name, total

    def advance(self) -> None:
        pass


NO_PROGRESS: Progress = _NoProgress()


@dataclass(slots=True)
class MigrationSummary:
    """A run in numbers.

    Attributes:
        files_changed: files with a new text, written or pending.
        sites_rewritten: places that are v6 now.
        kept: places that stay on ``compat_v5`` with a mark.
        mentions_left: lines that mention v5 after the run, of any kind.
        diff_path: where the patch was written; None if nowhere.
        exit_code: as of the command.
    """

    files_changed: int
    sites_rewritten: int
    kept: int
    mentions_left: int
    diff_path: Path | None
    exit_code: int


@dataclass(frozen=True, slots=True)
class Run:
    """What a run did, or would do.

    Attributes:
        root: all paths are relative to it.
        target_package: the v6 package of the rewritten imports.
        is_written: whether *Changed* outcomes are on the disk; otherwise they are pending.
        outcomes: of every file that was looked at closely, and of every failure, ordered by path.
        skipped: what was not looked into, and why.
        mentions: lines that mention v5 after the run.
        file_count: files that hold Python.
        secret_text: knows the literal keys of these files.
        journal: the record of what was written; None if nothing was.
        seconds: how long it took.
        is_interrupted: Ctrl-C came while files were written; the rest is pending.
    """

    root: Path
    target_package: str
    is_written: bool
    outcomes: tuple[Outcome, ...]
    skipped: tuple[Skipped, ...]
    mentions: tuple[Mention, ...]
    file_count: int
    secret_text: SecretText
    journal: Path | None
    seconds: float
    is_interrupted: bool = False

    @property
    def changed(self) -> tuple[Changed, ...]:
        """Files with a new text."""
        return tuple(o for o in self.outcomes if isinstance(o, Changed))

    @property
    def failed(self) -> tuple[Failed, ...]:
        """Files that could not be read, parsed, rewritten or written."""
        return tuple(o for o in self.outcomes if isinstance(o, Failed))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, by path and line."""
        found = [f for o in self.outcomes if not isinstance(o, Failed) for f in o.findings]
        return tuple(sorted(found, key=lambda f: (f.path, f.line, f.column, f.rule)))

    def count(self, outcome: FindingOutcome) -> int:
        """Findings that ended so."""
        return sum(finding.outcome is outcome for finding in self.findings)

    @property
    def exit_code(self) -> int:
        """0 nothing left to do; 1 changes pending or marks left; 3 some files failed; 130
        interrupted."""
        if self.is_interrupted:
            return 130
        if self.failed:
            return 3
        pending = bool(self.changed) and not self.is_written
        return int(pending or self.count(FindingOutcome.KEPT) > 0)

    def summary(self, diff_path: Path | None = None) -> MigrationSummary:
        """The run in numbers."""
        return MigrationSummary(
            files_changed=len(self.changed),
            sites_rewritten=self.count(FindingOutcome.REWRITTEN),
            kept=self.count(FindingOutcome.KEPT),
            mentions_left=len(self.mentions),
            diff_path=diff_path,
            exit_code=self.exit_code,
        )


def execute(
    target: Target,
    options: Options,
    *,
    write: bool = False,
    jobs: int = 1,
    markdown: bool = False,
    exclude: Sequence[str] = (),
    progress: Progress = NO_PROGRESS,
) -> Run:
    """Do a run.

    Args:
        write: put the new texts in place; otherwise nothing is touched.
        jobs: worker processes at most; 0 means one per processor. Few files are rewritten in this
            process.
        markdown: also fenced Python in Markdown.
        exclude: further patterns to leave out, in ``.gitignore`` syntax.

    Raises:
        UsageError: from discovery.
        JournalError: nothing can be recorded, so nothing was written.
    """
    begun = time.monotonic()
    progress.stage("looking for files", None)
    discovery = discover(target, excludes=exclude)
    tree = _Tree(target.root, discovery, markdown=markdown)
    progress.stage("reading", len(tree.python_paths))
    hits = relevant(tree.reader(progress), tree.python_paths)
    documents = {path: tree.document(path) for path in sorted(hits)}
    progress.stage("analysing", None)
    index = build_index(
        {path: document.python for path, document in documents.items()}, options, tree.python_paths
    )
    outcomes = _rewrite(target, documents, index, options, jobs, progress)
    outcomes += [Failed(path, "read", reason) for path, reason in tree.failures.items()]
    outcomes += [Failed(place.path or ".", "read", place.reason) for place in discovery.unreadable]
    journal = Journal(target.root)
    is_interrupted = False
    if write:
        outcomes, is_interrupted = _write(journal, outcomes, progress)
    outcomes.sort(key=lambda outcome: outcome.path)
    return Run(
        root=target.root,
        target_package=index.target_package,
        is_written=write,
        outcomes=tuple(outcomes),
        skipped=tuple(discovery.skipped),
        mentions=tuple(tree.mentions_after(outcomes)),
        file_count=len(tree.python_paths),
        secret_text=SecretText(key_facts(document.python) for document in documents.values()),
        journal=journal.directory,
        seconds=time.monotonic() - begun,
        is_interrupted=is_interrupted,
    )


@dataclass(slots=True)
class _Tree:
    """The files of a run, read once each."""

    root: Path
    discovery: Discovery
    markdown: bool
    failures: dict[str, str] = field(default_factory=dict)
    _files: dict[str, DiscoveredFile] = field(default_factory=dict)
    _documents: dict[str, Document] = field(default_factory=dict)

    def __post_init__(self) -> None:
        kinds = {FileKind.PYTHON, FileKind.NOTEBOOK} | (
            {FileKind.MARKDOWN} if self.markdown else set()
        )
        self._files = {file.path: file for file in self.discovery.files if file.kind in kinds}

    @property
    def python_paths(self) -> Sequence[str]:
        return list(self._files)

    def document(self, path: str) -> Document:
        """The file, read once.

        Raises:
            OSError: it cannot be read; the reason is noted in *failures*.
        """
        if path not in self._documents:
            try:
                content = read_regular_file(self.root / path)
                self._documents[path] = open_document(path, self._files[path].kind, content)
            except FileError as error:
                self.failures.setdefault(path, str(error))
                raise OSError(str(error)) from error
        return self._documents[path]

    def reader(self, progress: Progress) -> _Reader:
        return _Reader(self, progress)

    def mentions_after(self, outcomes: Sequence[Outcome]) -> list[Mention]:
        """What is left: in Python as it is after the run, and in every other text of the tree."""
        after = {o.path: o.after for o in outcomes if isinstance(o, Changed)}
        found: list[Mention] = []
        for path, document in self._documents.items():
            content = after.get(path, document.content)
            found += document_mentions(path, self._files[path].kind, content)
        for file in self.discovery.files:
            if file.path not in self._files:
                found += document_mentions(file.path, file.kind, self._small_text(file.path))
        return sorted(found, key=lambda mention: (mention.path, mention.line))

    def _small_text(self, path: str) -> bytes:
        full = self.root / path
        try:
            return full.read_bytes() if full.stat().st_size <= _CENSUS_LIMIT else b""
        except OSError:
            return b""  # no source of the project; `census` names it


class _Reader:
    """What the gate calls for each file."""

    def __init__(self, tree: _Tree, progress: Progress) -> None:
        self._tree = tree
        self._progress = progress
        self._seen: set[str] = set()

    def __call__(self, path: str) -> bytes:
        if path not in self._seen:
            self._seen.add(path)
            self._progress.advance()
        return self._tree.document(path).python


def _rewrite(
    target: Target,
    documents: Mapping[str, Document],
    index: ProjectIndex,
    options: Options,
    jobs: int,
    progress: Progress,
) -> list[Outcome]:
    wanted = target.files
    chosen = [s for p, s in documents.items() if wanted is None or target.root / p in wanted]
    progress.stage("rewriting", len(chosen))
    return list(rewrite_all(chosen, index, options, jobs=jobs, done=progress.advance))


def _write(
    journal: Journal, outcomes: Sequence[Outcome], progress: Progress
) -> tuple[list[Outcome], bool]:
    """Write every *Changed*; one that cannot be written becomes *Failed*."""
    written: list[Outcome] = []
    if any(isinstance(outcome, Changed) for outcome in outcomes):
        journal.open()
    progress.stage("writing", len(outcomes))
    pending = list(outcomes)
    try:
        while pending:
            outcome = pending[0]
            if isinstance(outcome, Changed):
                try:
                    journal.replace(outcome.path, outcome.before, outcome.after)
                except FileError as error:
                    outcome = Failed(outcome.path, "write", str(error))
            written.append(outcome)
            pending.pop(0)
            progress.advance()
    except KeyboardInterrupt:
        rest = [
            Failed(o.path, "write", "not written: interrupted") if isinstance(o, Changed) else o
            for o in pending
        ]
        return [*written, *rest], True
    return written, False
