"""The Python in a file, whatever the file is."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Protocol

from codemods.census import Mention, MentionKind, mentions
from codemods.discovery import FileKind
from codemods.exceptions import FileError
from codemods.magics import with_magics
from codemods.markdown import open_markdown
from codemods.notebooks import open_notebook
from codemods.result import Changed, Failed, Finding, FindingOutcome, Outcome, Unchanged

__all__ = ["Document", "document_mentions", "open_document"]


class _Container(Protocol):
    """A file that holds Python among other things."""

    @property
    def python(self) -> bytes: ...

    def with_python(self, python: bytes) -> bytes: ...

    def place(self, line: int) -> tuple[int, str]: ...


@dataclass(frozen=True, slots=True)
class Document:
    """A file and its Python.

    Attributes:
        path: relative to the root.
        content: the bytes of the file.
        python: what the analysis reads; *content* itself for a Python file.
        left_out: lines of Python blocks that do not parse.
    """

    path: str
    content: bytes
    python: bytes
    left_out: tuple[int, ...] = ()
    container: _Container | None = None

    def outcome(self, outcome: Outcome) -> Outcome:
        """What the engine said about `python`, as said about the file."""
        if isinstance(outcome, Failed):
            return outcome
        if any("ipython_magic_" in f"{f.message}{f.reasons}" for f in outcome.findings):
            shown = tuple(_with_magics(finding) for finding in outcome.findings)
            outcome = replace(outcome, findings=shown)
        if self.container is None:
            return outcome
        findings = tuple(self._placed(finding) for finding in outcome.findings)
        findings += tuple(self._note(line) for line in self.left_out)
        if isinstance(outcome, Unchanged):
            return Unchanged(self.path, findings)
        try:
            after = self.container.with_python(outcome.after)
        except FileError as error:
            return Failed(self.path, "rewrite", str(error))
        return Changed(self.path, self.content, after, findings)

    def _placed(self, finding: Finding) -> Finding:
        assert self.container is not None  # noqa: S101 checked by the caller
        line, place = self.container.place(finding.line)
        message = self._with_places(finding.message)
        return replace(
            finding,
            line=line,
            message=f"{place}: {message}" if place else message,
            reasons=tuple(self._with_places(reason) for reason in finding.reasons),
        )

    def _with_places(self, text: str) -> str:
        """*text* with lines of `python` that it names replaced by lines of the file."""
        container = self.container
        assert container is not None  # noqa: S101 checked by the caller
        named = re.compile(re.escape(self.path) + r":(\d+)\b")
        return named.sub(lambda m: f"{self.path}:{container.place(int(m[1]))[0]}", text)

    def _note(self, line: int) -> Finding:
        message = "this Python block does not parse on its own and was not looked at"
        return Finding("UWS000", FindingOutcome.NOTE, self.path, line, 1, message)


def _with_magics(finding: Finding) -> Finding:
    reasons = tuple(with_magics(reason) for reason in finding.reasons)
    return replace(finding, message=with_magics(finding.message), reasons=reasons)


def open_document(path: str, kind: FileKind, content: bytes) -> Document:
    """Find the Python in a file.

    Raises:
        FileError: a notebook or document that cannot be read.
    """
    if kind is FileKind.NOTEBOOK:
        notebook = open_notebook(content)
        return Document(path, content, notebook.python, container=notebook)
    if kind is FileKind.MARKDOWN:
        markdown = open_markdown(content)
        return Document(path, content, markdown.python, markdown.left_out, markdown)
    return Document(path, content, content)


def document_mentions(path: str, kind: FileKind, content: bytes) -> list[Mention]:
    """The mentions of v5 in a file; those in a notebook's code cells are classified as Python."""
    if kind is not FileKind.NOTEBOOK:
        return mentions(path, content, is_python=kind is FileKind.PYTHON)
    raw = mentions(path, content, is_python=False)
    if not raw:
        return []
    try:
        notebook = open_notebook(content)
    except FileError:
        return raw
    code = [
        replace(mention, line=notebook.place(mention.line)[0])
        for mention in mentions(path, notebook.python, is_python=True)
    ]
    seen = {mention.line for mention in code}
    rest = [replace(m, kind=MentionKind.DOCS) for m in raw if m.line not in seen]
    return sorted([*code, *rest], key=lambda mention: mention.line)
