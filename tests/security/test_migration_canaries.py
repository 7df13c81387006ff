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


WATCHED = """
import json, os, sys

watched, seen = sys.argv[1], []

def hook(event, arguments):
    if event in ("open", "os.listdir", "os.scandir") and isinstance(arguments[0], (str, bytes)):
        path = os.path.realpath(os.fsdecode(arguments[0]))
        if event == "open" and arguments[2] & os.O_NOFOLLOW:  # refused where this is a link
            folder, name = os.path.split(os.fsdecode(arguments[0]))
            path = os.path.join(os.path.realpath(folder), name)
        if path.startswith(watched):
            seen.append(path[len(watched) :].strip(os.sep))

sys.addaudithook(hook)
from codemods.cli.main import main
code = main(sys.argv[2:])
print(json.dumps({"code": code, "seen": seen}), file=sys.stderr)
"""


def run_watched(folder: Path, *arguments: str) -> tuple[int, set[str], str]:
    """Run the command; its exit code, what it opened or listed below *folder*, and what it said."""
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(folder), *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    said, _, last = done.stderr.rstrip().rpartition("\n")
    report = json.loads(last)
    return report["code"], set(report["seen"]), said


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    """A directory with ``root``, in which a link stands everywhere one may, and ``outside``."""
    outside, root = tmp_path / "outside", tmp_path / "root"
    text = f"from {V5} import UpbitWebSocketPublicV5\nclient = UpbitWebSocketPublicV5()\n"
    for name, content in {
        "module.py": text,
        "notes.md": f"websocket_v5\n```python\n{text}```\n",
        "settings.yaml": "websocket_v5: yes\n",
        "patterns": "*.py\n",
        "limits.ini": "[flake8]\nmax-line-length = 200\n",
    }.items():
        outside.mkdir(exist_ok=True)
        (outside / name).write_text(content, encoding="utf-8")
    (root / ".git" / "info").mkdir(parents=True)
    (root / "own.py").write_text(text, encoding="utf-8")
    for link, target in {
        "link.py": "module.py",
        "notes.md": "notes.md",
        "settings.yaml": "settings.yaml",
        ".gitignore": "patterns",
        ".git/info/exclude": "patterns",
        "setup.cfg": "limits.ini",
        "tox.ini": "limits.ini",
        "folder": ".",
    }.items():
        (root / link).symlink_to(outside / target)
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


no_links = pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")


@no_links
def test_no_link_out_of_the_root_is_read_or_written_through(linked: Path) -> None:
    before = contents(linked / "outside")
    for command in (
        ["run", "--write", "--markdown", "--format=json", "--jobs=1"],
        ["undo"],
        ["census"],
    ):
        code, seen, said = run_watched(linked, command[0], str(linked / "root"), *command[1:])
        assert code in (0, 1), said
        assert command[0] == "undo" or "root/own.py" in seen, "what is opened is seen"
        assert not [path for path in seen if path.startswith("outside")]
    assert contents(linked / "outside") == before


@no_links
def test_a_journal_is_not_kept_or_read_behind_a_link(linked: Path) -> None:
    text = (linked / "root" / "own.py").read_bytes()
    (linked / "outside" / "journal").mkdir()
    (linked / "root" / ".upbit-migrate").mkdir()
    (linked / "root" / ".upbit-migrate" / "runs").symlink_to(linked / "outside" / "journal")
    for command in (["run", "--write", "--jobs=1"], ["undo"]):
        code, seen, said = run_watched(linked, command[0], str(linked / "root"), *command[1:])
        assert code not in (0, 1)
        assert "symbolic link" in said
        assert not [path for path in seen if path.startswith("outside")]
    assert contents(linked / "outside" / "journal") == {}
    assert (linked / "root" / "own.py").read_bytes() == text


@no_links
def test_settings_behind_a_link_out_of_the_root_are_not_read(linked: Path) -> None:
    (linked / "outside" / "settings.toml").write_text("[tool.upbit-migrate]\nunsafe = true\n")
    (linked / "root" / "pyproject.toml").symlink_to(linked / "outside" / "settings.toml")
    code, seen, said = run_watched(linked, "run", str(linked / "root"))
    assert code == 2
    assert "symbolic link out of the project" in said
    assert not [path for path in seen if path.startswith("outside")]


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
