"""A small engine for tests of everything around the real one.

It replaces the name of the legacy package, byte for byte, and obeys words in the source: ``KEEP``
in a line keeps a place, ``BREAK`` fails the file, ``CRASH`` is a defect, ``STOP`` is Ctrl-C.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace

import pytest

import codemods.run
from codemods.options import Options
from codemods.result import Changed, Failed, Finding, FindingOutcome, Outcome, Unchanged

OLD, NEW = b"websocket_v5", b"websocket_v6"


def relevant(reader: Callable[[str], bytes], paths: Sequence[str], parsed: object) -> set[str]:
    hits = set()
    for path in paths:
        try:
            if OLD in reader(path):
                hits.add(path)
        except OSError:
            continue
    return hits


def build_index(
    files: Mapping[str, bytes],
    options: Options,
    paths: Sequence[str],
    parsed: object,
    left_out: object,
) -> SimpleNamespace:
    return SimpleNamespace(target_package=options.target_package or "websocket_v6")


def rewrite(path: str, source: bytes, index: object, options: Options) -> Outcome:
    if b"BREAK" in source:
        return Failed(path, "parse", "line 1: invalid syntax")
    if b"CRASH" in source:
        raise RecursionError("too deep")
    if b"STOP" in source:
        raise KeyboardInterrupt
    lines = source.split(b"\n")
    findings = []
    for number, line in enumerate(lines):
        if OLD not in line:
            continue
        outcome = FindingOutcome.KEPT if b"KEEP" in line else FindingOutcome.REWRITTEN
        message = f"in {line.decode('utf-8', 'replace').strip()}"
        findings.append(
            Finding("UWS101", outcome, path, number + 1, 1, message, ("it was built here",))
        )
        if outcome is FindingOutcome.REWRITTEN:
            lines[number] = line.replace(OLD, NEW)
    after = b"\n".join(lines)
    if after == source:
        return Unchanged(path, tuple(findings))
    return Changed(path, source, after, tuple(findings))


@pytest.fixture
def small_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the small engine in the place of the real one, in this process."""
    monkeypatch.setattr(codemods.run, "relevant", relevant)
    monkeypatch.setattr(codemods.run, "build_index", build_index)
    monkeypatch.setattr(codemods.run, "rewrite", rewrite)
