"""The kept inputs of the fuzzers, each a finding of theirs or a start for them, without the fuzzers."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.fuzz.decoder_properties import check_message
from tests.fuzz.engine_properties import check_source
from tests.fuzz.json_mutations import mutate_frame, mutate_request
from tests.fuzz.request_properties import check_request
from tests.fuzz.source_mutations import SourceMutator

CORPUS = Path(__file__).parent / "corpus"
FIXTURES = Path(__file__).parent.parent / "codemods" / "fixtures"


def inputs(target: str) -> list[Path]:
    found = sorted(path for path in (CORPUS / target).iterdir() if path.is_file())
    assert found
    return found


@pytest.mark.parametrize("path", inputs("decoder"), ids=lambda path: path.stem)
def test_a_message_of_a_server(path: Path) -> None:
    check_message(path.read_bytes())


@pytest.mark.parametrize("path", inputs("requests"), ids=lambda path: path.stem)
def test_a_message_of_a_client(path: Path) -> None:
    check_request(path.read_bytes())


@pytest.mark.parametrize("path", inputs("engine"), ids=lambda path: path.stem)
def test_a_source_file(path: Path) -> None:
    check_source(path.read_bytes())


@pytest.mark.parametrize("seed", range(5))
def test_mutations_of_messages(seed: int) -> None:
    """A short run without coverage guidance; ``make fuzz`` is the long one."""
    random, frame, request = Random(seed), b"", b""
    for _ in range(400):
        frame, request = mutate_frame(frame, random), mutate_request(request, random)
        check_message(frame[:4000])
        check_request(request[:4000])


def test_mutations_of_sources_are_mostly_python() -> None:
    sources = [path.read_bytes() for path in sorted(FIXTURES.glob("*/*/before.py"))]
    mutator, random = SourceMutator(sources), Random(1)
    valid = 0
    for source in sources:
        mutated = mutator.mutate(source, random)
        try:
            compile(mutated, "<mutated>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            continue
        valid += 1
    assert valid > len(sources) / 4
