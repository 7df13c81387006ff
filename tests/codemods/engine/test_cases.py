"""Whole projects of different styles: nothing left in silence, nothing broken, nothing changed twice."""

from __future__ import annotations

import ast
import io
import os
import re
import subprocess
import sys
import tokenize
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate, Migration

ROOT = Path(__file__).parents[3]
CASES = {
    "legacy_app": ROOT / "examples/legacy_app",
    **{
        folder.name: folder
        for folder in sorted((ROOT / "tests/cases").iterdir())
        if folder.is_dir() and not folder.name.startswith("__")
    },
}
MENTION = re.compile(
    r"websocket_v5|compat_v5|UpbitWebSocket(?:Public|Private)(?:V5|Client)|\bcreate_p\w+_client\b|quick_subscribe_\w+"
)


def load(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*.py"))
        if "__pycache__" not in path.parts
    }


def is_legacy_itself(path: str) -> bool:
    return "/websocket_v5/" in f"/{path}"


def mentioning_statements(source: bytes) -> list[tuple[int, int]]:
    """Lines (first, last) of the innermost statements whose tokens mention v5."""
    tree = ast.parse(source)
    proxies = {
        alias.asname: (node.lineno, node.end_lineno or 0)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("websocket_v6")
        for alias in node.names
    }
    lines = set()
    for token in tokenize.tokenize(io.BytesIO(source).readline):
        # A v5 name that is bound to the proxy, for those who import it from here, is no mention.
        if (
            token.type in (tokenize.NAME, tokenize.STRING)
            and MENTION.search(token.string)
            and token.string not in proxies
        ):
            lines.add(token.start[0])
    found = []
    for line in sorted(lines):
        around = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or 0)
        ]
        if not around:  # a decorator
            found.append((line, line))
            continue
        inner = min(around, key=lambda node: (node.end_lineno or 0) - node.lineno)
        if isinstance(inner, ast.Expr) and isinstance(inner.value, ast.Constant):
            continue
        found.append(
            (line, line)
            if isinstance(inner, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            else (inner.lineno, inner.end_lineno or line)
        )
    return found


def uncovered(files: dict[str, bytes], done: Migration) -> list[str]:
    """Mentions in *files* that no finding speaks about."""
    reported = {(finding.path, finding.line) for finding in done.findings}
    return [
        f"{path}:{first}"
        for path, source in files.items()
        if not is_legacy_itself(path)
        for first, last in mentioning_statements(source)
        if not any((path, line) in reported for line in range(first, last + 1))
    ]


@pytest.fixture(params=CASES, ids=list(CASES))
def case(request: pytest.FixtureRequest) -> dict[str, bytes]:
    return load(CASES[request.param])


def test_every_mention_is_reported(case: dict[str, bytes], migrate: Migrate) -> None:
    assert uncovered(case, migrate(case)) == []


def test_what_is_left_is_marked_or_reexported(case: dict[str, bytes], migrate: Migrate) -> None:
    after = migrate(case).files
    again = migrate(after)
    reported = {(finding.path, finding.line) for finding in again.findings}
    for path, source in after.items():
        if is_legacy_itself(path) or not re.search(
            rb"^[^#\n]*(?:websocket_v5|compat_v5)", source, re.MULTILINE
        ):
            continue  # a v5 name in a file that imports nothing of v5 is bound to the proxy
        for first, last in mentioning_statements(source):
            assert any((path, line) in reported for line in range(first, last + 1)), (
                f"{path}:{first}"
            )
        assert (
            b"TODO(upbit-migrate" in source
            or b"uws: keep" in source
            or any(f.path != path and f.outcome == "kept" for f in again.findings)
        )


def test_second_run_changes_nothing(case: dict[str, bytes], migrate: Migrate) -> None:
    once = migrate(case).files
    assert migrate(once).files == once


def test_result_compiles(case: dict[str, bytes], migrate: Migrate) -> None:
    done = migrate(case)
    assert not done.failures
    for path, source in done.files.items():
        compile(source, path, "exec")


def test_the_legacy_package_itself_is_left_alone(migrate: Migrate) -> None:
    before = load(CASES["in_tree_v6"])
    after = migrate(before).files
    for path in before:
        if is_legacy_itself(path):
            assert after[path] == before[path]
    assert b"from ..net.websocket_v6 import WebSocketClientProxy" in after["trader/ui/chart.py"]


IMPORTS = {
    "mixed_forms": ["clients", "feeds"],
    "service_registry": ["service"],
    "legacy_app": ["main", "desk.chart", "desk.collector", "desk.bot"],
    "first_generation": ["collector.pipeline"],
    "in_tree_v6": ["trader.ui.chart", "trader.net"],
    "package_reexports": ["market", "run"],
    "scripts_sys_path": ["feedlib", "watch", "orders"],
    "src_layout_container": ["app.service", "app.net.container"],
    "tests_with_mocks": ["desk.ticker", "desk.orders", "desk.trades"],
    "qt_terminal": ["terminal.net", "terminal.ui.window"],
    "telegram_alerts": ["bot", "bot.commands"],
    "entry_point_plugins": [
        "desk.core.loader",
        "desk.plugins.private_feed",
        "desk.plugins.public_feed",
    ],
    "threads_with_loops": ["feedkit", "feedkit.threaded", "feedkit.pool"],
    "lifespan_service": ["app.main", "app.services.market", "app.services.account"],
    "rebuilt_on_failure": ["app.resilient", "app.pool"],
    "korean_encodings": ["sise"],
}


@pytest.mark.parametrize("name", CASES)
def test_result_imports_under_the_redirect(name: str, tmp_path: Path, migrate: Migrate) -> None:
    for path, source in migrate(load(CASES[name])).files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(source)
    stubs = ROOT / "tests/cases/__stubs__"
    folders = [tmp_path, tmp_path / "src", tmp_path / "lib", tmp_path / "bin", stubs]
    program = "import importlib, compat_v5; compat_v5.install(); " + "; ".join(
        f"importlib.import_module({module!r})" for module in IMPORTS[name]
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*map(str, folders), str(ROOT)])},
    )
    assert done.returncode == 0, done.stderr
