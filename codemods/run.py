"""One run from paths to outcomes: discover, gate, index, rewrite, write.

The decisions are made by `codemods.engine`; everything here is order, faults and bookkeeping.
Files are written one after the other when all decisions are made, so that an interruption leaves
whole files and a journal that takes them back.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from codemods.census import Mention
from codemods.discovery import Discovery, FileKind, Skipped, discover
from codemods.documents import Document, document_mentions, open_document
from codemods.engine import rewrite
from codemods.exceptions import FileError
from codemods.gate import relevant
from codemods.index import ProjectIndex, build_index, unhurried_collector
from codemods.journal import Journal
from codemods.left_out import LeftOut
from codemods.options import Options
from codemods.reading import read_files
from codemods.result import Changed, Failed, Finding, FindingOutcome, Outcome
from codemods.secrets import SecretText
from codemods.source import SourceFile
from codemods.style import line_length
from codemods.targets import Target

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
        jobs: files read at the same time; 0 means a number that suits most disks.
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
    tree.read(jobs, progress)
    progress.stage("analysing", None)
    options = replace(options, line_length=line_length(target.root))
    parsed: dict[str, SourceFile] = {}
    with unhurried_collector():
        hits = relevant(tree.python, tree.python_paths, parsed)
        documents = {path: tree.documents[path] for path in sorted(hits)}
        left_out = tree.left_out(target, documents)
        index = _index(documents, options, tree, parsed, left_out)
    parsed.clear()
    wanted = [d for p, d in documents.items() if p not in left_out]
    progress.stage("rewriting", len(wanted))
    outcomes = [_rewritten(document, index, options, progress) for document in wanted]
    outcomes += [Failed(path, stage, reason) for path, (stage, reason) in tree.failures.items()]
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
        skipped=(*discovery.skipped, *tree.ignored_mentions()),
        mentions=tuple(tree.mentions_after(outcomes)),
        file_count=tree.file_count,
        secret_text=SecretText.of_sources([document.python for document in documents.values()]),
        journal=journal.directory,
        seconds=time.monotonic() - begun,
        is_interrupted=is_interrupted,
    )


@dataclass(slots=True)
class _Tree:
    """The files of a run that hold Python, read once each.

    Attributes:
        documents: by path, what could be read.
        failures: by path, stage and reason of what could not be handled.
    """

    root: Path
    discovery: Discovery
    markdown: bool
    documents: dict[str, Document] = field(default_factory=dict)
    failures: dict[str, tuple[str, str]] = field(default_factory=dict)
    _unreadable: dict[str, str] = field(default_factory=dict)
    _kinds: dict[str, FileKind] = field(default_factory=dict)
    _excluded: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        wanted = {FileKind.PYTHON, FileKind.NOTEBOOK}
        if self.markdown:
            wanted.add(FileKind.MARKDOWN)
        self._kinds = {f.path: f.kind for f in self.discovery.files if f.kind in wanted}
        excluded = {f.path: f.kind for f in self.discovery.excluded if f.kind in wanted}
        self._excluded = frozenset(excluded.keys() - self._kinds.keys())
        self._kinds |= excluded

    @property
    def python_paths(self) -> Sequence[str]:
        """The paths of all of them, also of those that could not be read."""
        return list(self._kinds)

    @property
    def file_count(self) -> int:
        """How many there are, without those that a pattern excludes."""
        return len(self._kinds) - len(self._excluded)

    def left_out(self, target: Target, paths: Iterable[str]) -> dict[str, LeftOut]:
        """Those of *paths* that are not to be written, and why."""
        found = dict.fromkeys(self._unreadable, LeftOut.UNREADABLE)
        for path in paths:
            if path in self._excluded:
                found[path] = LeftOut.EXCLUDED
            elif target.files is not None and self.root / path not in target.files:
                found[path] = LeftOut.UNSELECTED
        return found

    def read(self, jobs: int, progress: Progress) -> None:
        """Read every file."""
        progress.stage("reading", len(self._kinds))
        prefix = f"{self.root}{os.sep}"
        full = [prefix + path for path in self._kinds]
        for (path, kind), (_, content) in zip(
            self._kinds.items(), read_files(full, jobs), strict=True
        ):
            progress.advance()
            try:
                if isinstance(content, FileError):
                    raise content
                self.documents[path] = open_document(path, kind, content)
            except FileError as error:
                self._unreadable[path] = str(error)
                if path not in self._excluded:
                    self.failures[path] = ("read", str(error))

    def python(self, path: str) -> bytes:
        """The Python of a file.

        Raises:
            OSError: it could not be read.
        """
        document = self.documents.get(path)
        if document is None:
            raise OSError(self._unreadable[path])
        return document.python

    def mentions_after(self, outcomes: Sequence[Outcome]) -> list[Mention]:
        """What is left: in Python as it is after the run, and in every other text of the tree."""
        after = {o.path: o.after for o in outcomes if isinstance(o, Changed)}
        found: list[Mention] = []
        for path, document in self.documents.items():
            if path in self._excluded:
                continue
            content = after.get(path, document.content)
            found += document_mentions(path, self._kinds[path], content)
        for file in self.discovery.files:
            if file.path not in self._kinds:
                found += document_mentions(file.path, file.kind, self._small_text(file.path))
        return sorted(found, key=lambda mention: (mention.path, mention.line))

    def ignored_mentions(self) -> Iterator[Skipped]:
        """Files left out by a ``.gitignore`` that mention v5: git may well know them."""
        named = {file.path for file in self.discovery.files}
        for file in self.discovery.ignored:
            if file.path in named:
                continue
            if document_mentions(file.path, file.kind, self._small_text(file.path)):
                reason = "mentions v5, but .gitignore leaves it out; name it to have it rewritten"
                yield Skipped(file.path, reason)

    def _small_text(self, path: str) -> bytes:
        full = self.root / path
        try:
            return full.read_bytes() if full.stat().st_size <= _CENSUS_LIMIT else b""
        except OSError:
            return b""  # no source of the project; `census` names it


def _index(
    documents: dict[str, Document],
    options: Options,
    tree: _Tree,
    parsed: dict[str, SourceFile],
    left_out: dict[str, LeftOut],
) -> ProjectIndex:
    """The project's facts. A file that the analysis breaks on is taken out and becomes a failure."""
    files = {path: document.python for path, document in documents.items()}
    try:
        return build_index(files, options, tree.python_paths, parsed, left_out)
    except Exception:
        for path, source in files.items():
            try:
                build_index({path: source}, options, tree.python_paths, parsed, left_out)
            except Exception as error:  # noqa: BLE001 the border of a file's failure
                reason = (
                    f"internal error: {type(error).__name__}: {error}; look at files that use it"
                )
                tree.failures[path] = ("analysis", reason)
                left_out[path] = LeftOut.UNREADABLE
                del documents[path]
        if len(documents) == len(files):
            raise  # it is in their combination: nobody's failure alone
        return _index(documents, options, tree, parsed, left_out)


def _rewritten(
    document: Document, index: ProjectIndex, options: Options, progress: Progress
) -> Outcome:
    """One file's outcome. A defect of a rule is this file's failure."""
    progress.advance()
    try:
        return document.outcome(rewrite(document.path, document.python, index, options))
    except Exception as error:  # noqa: BLE001 the border of a file's failure
        message = f"internal error: {type(error).__name__}: {error}"
        return Failed(document.path, "rewrite", message)


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
