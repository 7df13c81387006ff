"""Keys in the source being migrated against everything the migration tool prints and writes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from codemods.cli.main import main

from .conftest import ACCESS_KEY, SECRET_KEY, Canaries, Everything

V5 = "upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5"
PRIVATE = f"from {V5} import UpbitWebSocketPrivateV5"
USE = """

async def main():
    client = UpbitWebSocketPrivateV5({arguments})
    await client.connect()
    await client.subscribe_my_orders(lambda *a: None)
    print(client.stats)
    await client.disconnect()
"""
HEADS = {
    "literals": ("", f"'{ACCESS_KEY}', '{SECRET_KEY}'"),
    "keywords": ("", f"access_key='{ACCESS_KEY}', secret_key='{SECRET_KEY}'"),
    "constants": (f"A = '{ACCESS_KEY}'\nB = '{SECRET_KEY}'\n", "A, B"),
    "joined": (f"A = '{ACCESS_KEY}' ''\nB = ('{SECRET_KEY}'\n     '')\n", "A, secret_key=B"),
    "dictionary": (f"K = {{'access': '{ACCESS_KEY}', 'secret': '{SECRET_KEY}'}}\n", "**K"),
    "class_attributes": (
        f"class Keys:\n    access_key = '{ACCESS_KEY}'\n    SECRET: str = '{SECRET_KEY}'\n",
        "Keys.access_key, Keys.SECRET",
    ),
    "default": (
        f"import os\nA = os.getenv('UPBIT_ACCESS_KEY', '{ACCESS_KEY}')\n"
        f"B = os.environ.get('UPBIT_SECRET_KEY') or '{SECRET_KEY}'\n",
        "A, B",
    ),
    "parameter": (
        f"def keys(access_key='{ACCESS_KEY}', secret_key='{SECRET_KEY}'):\n"
        "    return access_key, secret_key\n",
        "*keys()",
    ),
    "comment": (f"# access_key = {ACCESS_KEY}\n# secret_key: '{SECRET_KEY}'\n", "A, B"),
    "docstring": (f"'''Keys\n\naccess_key={ACCESS_KEY}\nsecret_key={SECRET_KEY}\n'''\n", "A, B"),
    "formatted": (f"A = f'{ACCESS_KEY}'\nB = f'{SECRET_KEY}'\n", "A, B"),
    "bytes": (f"A = b'{ACCESS_KEY}'.decode()\nB = b'{SECRET_KEY}'.decode()\n", "A, B"),
}


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with keys in every place people put them; the working directory."""
    for name, (head, arguments) in HEADS.items():
        text = f"{head}{PRIVATE}\n{USE.format(arguments=arguments)}"
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    broken = f"{PRIVATE}\nACCESS_KEY = '{ACCESS_KEY}'; SECRET_KEY = '{SECRET_KEY}' ((\n"
    (tmp_path / "broken.py").write_text(broken, encoding="utf-8")
    env = f"UPBIT_ACCESS_KEY={ACCESS_KEY}\nUPBIT_SECRET_KEY={SECRET_KEY}  # websocket_v5\n"
    (tmp_path / ".env").write_text(env, encoding="utf-8")
    yaml = (
        f"websocket_v5:\n  access_key: {ACCESS_KEY}  # websocket_v5\n  secret_key: {SECRET_KEY}\n"
    )
    (tmp_path / "settings.yaml").write_text(yaml, encoding="utf-8")
    cell = f"{PRIVATE}\nclient = UpbitWebSocketPrivateV5('{ACCESS_KEY}', '{SECRET_KEY}')\n"
    notebook = {
        "cells": [
            {
                "cell_type": "code",
                "metadata": {},
                "source": cell.splitlines(keepends=True),
                "outputs": [],
                "execution_count": None,
            }
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (tmp_path / "notes.ipynb").write_text(json.dumps(notebook, indent=1), encoding="utf-8")
    (tmp_path / "HOWTO.md").write_text(f"```python\n{cell}```\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "."],
        ["run", ".", "--format", "json"],
        ["run", ".", "--markdown", "--unsafe", "--entry", "--hoist-credentials"],
        ["run", ".", "--write", "--diff"],
        ["census", "."],
        ["census", ".", "--format", "json"],
    ],
    ids=" ".join,
)
def test_what_is_printed_and_reported_holds_no_key(
    arguments: list[str],
    tree: Path,
    tmp_path_factory: pytest.TempPathFactory,
    canaries: Canaries,
    logs: Everything,
    capfd: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path_factory.mktemp("reports")
    reports = [folder / f"report.{kind}" for kind in ("html", "json", "sarif")]
    if arguments[0] == "run":
        for report in reports:
            arguments = [*arguments, "--report", str(report)]
    assert main(arguments) in (0, 1, 3)
    printed = capfd.readouterr()
    assert "v5" in printed.out + printed.err
    written = {"out": printed.out, "err": printed.err, "logs": logs.text}
    written |= {path.name: path.read_text(encoding="utf-8") for path in reports if path.exists()}
    for name, text in written.items():
        shown = [line for line in text.splitlines() if canaries.found_in(line)]
        assert not shown, (name, shown[:3])


def test_what_is_asked_for_is_shown(tree: Path, capfd: pytest.CaptureFixture[str]) -> None:
    main(["run", ".", "--show-secrets"])
    assert ACCESS_KEY in capfd.readouterr().out


HOSTILE = (
    "import pathlib\npathlib.Path({mark!r}).write_text(__name__)\nraise SystemExit('executed')\n"
)


def test_nothing_of_the_tree_is_imported_or_executed(tmp_path: Path) -> None:
    """Not even modules called like the tool's own dependencies, from within the tree."""
    mark = tmp_path / "executed.txt"
    root = tmp_path / "tree"
    root.mkdir()
    hostile = HOSTILE.format(mark=str(mark))
    names = ("conftest", "sitecustomize", "usercustomize", "setup", "libcst", "rich", "jinja2")
    for name in (*names, "pygments", "pathspec", "tomllib", "compat_v5", "websocket_v6", "app"):
        text = f"{hostile}from {V5} import UpbitWebSocketPublicV5\nc = UpbitWebSocketPublicV5()\n"
        (root / f"{name}.py").write_text(text, encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "UPBIT_"))}
    for command in (["run", ".", "--write", "--report", "report.html"], ["census", "."]):
        done = subprocess.run(
            [sys.executable, "-m", "codemods", *command],
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert not mark.exists(), f"{mark.read_text()} was executed"
        assert done.returncode in (0, 1), done.stderr
    assert "websocket_v6" in (root / "app.py").read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_no_link_out_of_the_root_is_read_or_written_through(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    text = f"from {V5} import UpbitWebSocketPublicV5\nclient = UpbitWebSocketPublicV5()\n"
    (outside / "module.py").write_text(text, encoding="utf-8")
    root = tmp_path / "root"
    root.mkdir()
    (root / "link.py").symlink_to(outside / "module.py")
    (root / "folder").symlink_to(outside, target_is_directory=True)
    (root / "own.py").write_text(text, encoding="utf-8")
    assert main(["run", str(root), "--write", "--format", "json"]) in (0, 1)
    assert (outside / "module.py").read_text(encoding="utf-8") == text
    assert (root / "own.py").read_text(encoding="utf-8") != text


SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.mark.skipif(sys.platform == "win32", reason="such names do not exist there")
def test_a_page_shows_scripts_as_text(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "tree"
    folder = root / "<img src=x onerror=alert(3)>"
    folder.mkdir(parents=True)
    text = (
        f"from {V5} import UpbitWebSocketPublicV5\n"
        f"# {SCRIPT}\nclient = UpbitWebSocketPublicV5()\nclient.stats['{SCRIPT}']\n"
        f"client.subscribe_ticker('''</pre></code>{SCRIPT}''', None, **{{'{SCRIPT}': 1}})\n"
    )
    (folder / "'><svg onload=alert(4)>.py").write_text(text, encoding="utf-8")
    (root / '"javascript:alert(5)".py').write_text(text, encoding="utf-8")
    page = tmp_path / "report.html"
    assert main(["run", str(root), "--report", str(page)]) == 1
    html = page.read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)" in html
    for piece in (
        "<script>alert",
        "<img src=x",
        "<svg onload",
        'href="javascript:',
        "</pre></code>",
    ):
        assert piece not in html
