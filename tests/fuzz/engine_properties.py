"""What must hold for every source file the migration tool can be given."""

from __future__ import annotations

import ast
import codecs
import io
import re
import tokenize
import warnings
from collections.abc import Mapping, Sequence
from unittest import mock
from zlib import crc32

import codemods.index
from codemods.edits import Edit, apply_edits
from codemods.engine import rewrite
from codemods.exceptions import MigrationError
from codemods.gate import relevant
from codemods.options import Options
from codemods.result import Changed, Failed, Outcome

__all__ = ["SECOND_FILE", "check_source", "migrate"]

SECOND_FILE = b"# ==== app/second.py ====\n"
"""What follows this line is a file of its own, in the same package."""
ANYWHERE = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
"""Notebook cells may await at the top."""


def check_source(data: bytes) -> None:
    """Migrate *data* and look at the result as a suspicious reader would."""
    first, _, second = data.partition(SECOND_FILE)
    files = {"app/__init__.py": b"", "app/module.py": first, "app/second.py": second}
    options = _options(data)
    outcomes = migrate(files, options)
    after = dict(files)
    for path, outcome in outcomes.items():
        if isinstance(outcome, Failed):
            # The other stages are the tool's own last line of defence: reaching them is a defect.
            assert outcome.stage in ("decode", "parse") or not _compiles(files[path], ANYWHERE), (
                outcome
            )
        elif isinstance(outcome, Changed):
            after[path] = outcome.after
            _check_change(outcome)
    if after == files:
        return
    for path, outcome in migrate(after, options).items():
        assert not isinstance(outcome, Changed), f"a second run: {_first_difference(outcome)}"
        failed = isinstance(outcome, Failed) and not isinstance(outcomes.get(path), Failed)
        assert not failed, f"{path}: only the second run fails: {outcome}"


def _options(data: bytes) -> Options:
    bits = crc32(data)
    return Options(unsafe=bool(bits & 1), entry=bool(bits & 2), hoist_credentials=bits & 12 == 12)


def migrate(files: Mapping[str, bytes], options: Options) -> dict[str, Outcome]:
    """One run over *files*; empty when the analysis refuses with an error of its own tree."""
    hits = relevant(files)
    if not hits:
        return {}
    try:
        with mock.patch.object(codemods.index, "apply_edits", _checked_edits):
            index = codemods.index.build_index({p: files[p] for p in hits}, options, files)
    except MigrationError:
        return {}
    return {path: rewrite(path, files[path], index, options) for path in sorted(hits)}


def _checked_edits(text: str, edits: Sequence[Edit]) -> str:
    """``apply_edits``, and the text between the edits is found again, whole and in order."""
    result = apply_edits(text, edits)
    position = end = 0
    for start, stop in [*sorted((e.start, e.end) for e in edits), (len(text), len(text))]:
        if start > end:
            kept = text[end:start]
            found = result.find(kept, position)
            assert found >= 0, f"text outside the edits is gone: {kept!r}"
            position = found + len(kept)
        end = max(end, stop)
    return result


def _check_change(outcome: Changed) -> None:
    before, after = outcome.before, outcome.after
    assert outcome.findings or _without_marks(before) == _without_marks(after), "in silence"
    assert after.startswith(b"\xef\xbb\xbf") == before.startswith(b"\xef\xbb\xbf")
    assert _line_ends(after) <= (_line_ends(before) or {b"\n"}), "line ends were mixed"
    for flags in (0, ANYWHERE):
        assert _compiles(after, flags) or not _compiles(before, flags), "it compiled before"
    left = _text(after)
    for comment in _comments(before):
        # Marks of an earlier run are replaced, and what speaks to a linter goes with its line.
        is_expendable = re.match(r"# ?(TODO\(upbit-migrate|noqa|type: ignore)", comment)
        assert comment in left or is_expendable, f"a comment is gone: {comment!r}"


def _without_marks(source: bytes) -> list[bytes]:
    lines = source.removeprefix(codecs.BOM_UTF8).splitlines()
    return [line for line in lines if not line.lstrip().startswith(b"# TODO(upbit-migrate")]


def _first_difference(outcome: Changed) -> str:
    before, after = outcome.before.splitlines(), outcome.after.splitlines()
    gone = [line for line in before if line not in after]
    new = [line for line in after if line not in before]
    return f"{gone[:1]} becomes {new[:1]}"


def _line_ends(source: bytes) -> set[bytes]:
    ends = {b"\r\n"} if b"\r\n" in source else set()
    rest = source.replace(b"\r\n", b"")
    return ends | {end for end in (b"\r", b"\n") if end in rest}


def _compiles(source: bytes, flags: int = 0) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, "<source>", "exec", flags, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _text(source: bytes) -> str:
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    return source.decode(encoding)


def _comments(source: bytes) -> list[str]:
    """Those between statements; one inside an expression goes with the expression."""
    try:
        tokens = list(tokenize.tokenize(io.BytesIO(source).readline))
    except (tokenize.TokenError, SyntaxError, LookupError, UnicodeDecodeError):
        return []
    found = []
    depth = 0
    for token in tokens:
        depth += (token.string in tuple("([{")) - (token.string in tuple(")]}"))
        # A lone carriage return ends a line for the parser and not for tokenize.
        if token.type == tokenize.COMMENT and not depth and "\r" not in token.string:
            found.append(token.string.strip())
    return found
