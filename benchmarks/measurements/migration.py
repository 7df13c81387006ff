"""The migration tool over a large tree; the measurement itself is `benchmarks.migrate_bench`."""

from __future__ import annotations

import importlib
from importlib.util import find_spec

from benchmarks.rows import Row

from . import Effort

TOPIC = "migration tool"
NAME = "dry run, 138 kLOC in 540 files, 12 hits"


def measure(effort: Effort) -> list[Row]:
    if find_spec("benchmarks.migrate_bench") is None or find_spec("libcst") is None:
        return [Row(TOPIC, NAME, None, "s", note="libcst is not installed (extra `migrate`)")]
    made: list[Row] = importlib.import_module("benchmarks.migrate_bench").rows()
    return made
