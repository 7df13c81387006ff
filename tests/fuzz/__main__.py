"""``python -m tests.fuzz TARGET --runs N``: coverage-guided fuzzing with atheris (the ``fuzz`` extra).

Goes on after a violation, so that one defect does not hide the next; each new kind is written to
``--findings`` and the exit status is 1.
"""

from __future__ import annotations

import argparse
import ast
import logging
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import NamedTuple

try:
    import atheris  # type: ignore[import-untyped,unused-ignore]
except ImportError:
    sys.exit("fuzzing needs atheris; run: python -m pip install 'upbit-websocket-v6[fuzz]'")

HERE = Path(__file__).parent
FIXTURES = HERE.parent / "codemods" / "fixtures"
MAX_BYTES = 600
"""Of one input. Longer ones find little more and cost much."""
INSTRUMENTED = ["codemods.gathering", "codemods.planning", "codemods.references", "codemods.rules"]
"""Where new code guides the search; the flow analysis below them would cost twice the time."""


class Target(NamedTuple):
    """What is fuzzed: *check* raises when a property does not hold."""

    check: Callable[[bytes], None]
    mutate: Callable[[bytes, Random], bytes]


def _decoder() -> Target:
    with atheris.instrument_imports(include=["websocket_v6.protocol"]):
        from tests.fuzz.decoder_properties import check_message
    from tests.fuzz.json_mutations import mutate_frame

    return Target(check_message, mutate_frame)


def _requests() -> Target:
    with atheris.instrument_imports(include=["websocket_v6.testing.grammar", "json"]):
        from tests.fuzz.request_properties import check_request
    from tests.fuzz.json_mutations import mutate_request

    return Target(check_request, mutate_request)


def _engine() -> Target:
    with atheris.instrument_imports(include=INSTRUMENTED):
        from tests.fuzz.engine_properties import check_source
    from tests.fuzz.source_mutations import SourceMutator

    ast.walk = _walk_once
    sources = [path.read_bytes() for path in sorted(FIXTURES.glob("*/*/before.py"))]
    return Target(check_source, SourceMutator(sources).mutate)


_walk = ast.walk


def _walk_once(node: ast.AST) -> Iterator[ast.AST]:
    """The engine walks one tree dozens of times and never changes it: a third of all time here."""
    if not isinstance(node, ast.Module):
        return _walk(node)
    nodes = vars(node).get("_walked")
    if nodes is None:
        nodes = vars(node)["_walked"] = list(_walk(node))
    return iter(nodes)


TARGETS = {"decoder": _decoder, "requests": _requests, "engine": _engine}


class Findings:
    """The kinds of violations seen, one file each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runs = 0
        self._began = time.monotonic()
        self._kinds: set[str] = set()

    def add(self, data: bytes, error: BaseException) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        kind = f"{type(error).__name__} {frames[-1].name} {str(error)[:70]}"
        if kind in self._kinds:
            return
        self._kinds.add(kind)
        name = sha256(data).hexdigest()[:12]
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_bytes(data)
        text = "".join(traceback.format_exception(error, limit=-20))
        (self.folder / f"{name}.txt").write_text(text, encoding="utf-8")
        print(f"\n{text}written to {self.folder / name}", flush=True)

    def finish(self) -> None:
        """Print the count and leave: libFuzzer itself ends without Python's exit handlers."""
        seconds = time.monotonic() - self._began
        print(f"\n{self.runs:,} runs in {seconds:.0f} s, {len(self._kinds)} findings", flush=True)
        os._exit(bool(self._kinds))


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--findings", type=Path, default=Path("build/fuzz/findings"))
    parser.add_argument(
        "--corpus", type=Path, default=Path("build/fuzz/corpus"), help="what reaches new code"
    )
    chosen = parser.parse_args(arguments)
    target = TARGETS[chosen.target]()
    findings = Findings(chosen.findings / chosen.target)

    def one_input(data: bytes) -> None:
        findings.runs += 1
        try:
            target.check(data)
        except Exception as error:
            findings.add(data, error)
        if findings.runs % 10_000 == 0:
            print(f"{findings.runs:,} runs", flush=True)
        if findings.runs == chosen.runs:
            findings.finish()

    def mutated(data: bytes, max_size: int, seed: int) -> bytes:
        random = Random(seed)
        if random.random() < 0.5:
            return bytes(atheris.Mutate(data, max_size))
        changed = target.mutate(data, random)
        return changed if len(changed) <= max_size else changed[:max_size]

    grown = chosen.corpus / chosen.target
    grown.mkdir(parents=True, exist_ok=True)
    corpora = [str(grown), str(HERE / "corpus" / chosen.target)]
    options = [f"-seed={chosen.seed}", f"-max_len={MAX_BYTES}", "-timeout=600", "-verbosity=0"]
    logging.disable()
    atheris.Setup([sys.argv[0], *options, *corpora], one_input, custom_mutator=mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
