"""Every command of the documents is run, top to bottom, in a copy of the example application.

A comment behind a command says what else there is to know: `exit code 1` (0 otherwise), `needs the
exchange` or `not run here`. `make` targets and `pip install` lines are checked against the Makefile
and the extras instead: the first would run these tests again, the second needs a published package.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.documents import reader
from tests.windows import need_windows
from websocket_v6 import Config

PROGRAMS = {"upbit-ws": "websocket_v6", "upbit-migrate": "codemods"}
README = reader.REPOSITORY / "README.md"
EXAMPLES = reader.REPOSITORY / "examples"
WITH_WINDOWS = {"examples/qt_chart/README.md"}
APPLICATION = EXAMPLES / "legacy_app"
WINDOWS = r'py -m venv |\.venv\\Scripts\\python -m [a-z_]+|\$env:UPBIT_[A-Z_]+ = "'
TIMEOUT = 90
DOCUMENTS = [
    path
    for path in reader.documents()
    if not path.name.endswith(".ko.md")  # the same commands, see test_structure.py
    and any(block.language in ("sh", "powershell") for block in reader.blocks(path))
]


@dataclass(frozen=True, slots=True)
class Command:
    where: str
    words: list[str]
    variables: dict[str, str]
    background: bool
    exit_code: int
    run_here: bool

    def __str__(self) -> str:
        return f"{self.where}: {shlex.join(self.words)}"


def commands(block: reader.Block) -> list[Command]:
    found = []
    for line in block.text.splitlines():
        text, _, comment = line.partition("  # ")
        words = shlex.split(text)
        background = words[-1:] == ["&"]
        words = words[: len(words) - background]
        variables = {}
        while words and re.fullmatch(r"[A-Z_0-9]+=.*", words[0]):
            name, _, value = words.pop(0).partition("=")
            variables[name] = value
        code = re.search(r"exit code (\d)", comment)
        skipped = "needs the exchange" in comment or "not run here" in comment
        expected = int(code[1]) if code else 0
        if words:
            where = f"{block.document}:{block.line}"
            found.append(Command(where, words, variables, background, expected, not skipped))
    return found


@pytest.fixture
def sandbox(tmp_path: Path) -> Path:
    """A clean checkout of the application, and the README's first program beside its path."""
    root = tmp_path / "application"
    shutil.copytree(APPLICATION, root, ignore=shutil.ignore_patterns("__pycache__"))
    (root / ".gitignore").write_text(
        "__pycache__/\n.upbit-migrate/\n*.html\n/chart.py\n", encoding="utf-8"
    )
    author = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
    for words in (["init", "-q"], ["add", "."], [*author, "commit", "-q", "-m", "v5"]):
        subprocess.run(["git", *words], cwd=root, check=True, capture_output=True)
    return root


@pytest.mark.slow
@pytest.mark.parametrize("path", DOCUMENTS, ids=reader.name_of)
def test_commands_do_what_the_document_says(path: Path, sandbox: Path, environment: dict[str, str]):
    if reader.name_of(path) in WITH_WINDOWS:
        need_windows()
    (sandbox / "chart.py").write_text(first_program(), encoding="utf-8")
    for name, text in reader.named_files(path).items():
        (sandbox / name).write_text(text, encoding="utf-8")
    if path == README:
        sandbox = around(sandbox)
    elif EXAMPLES in path.parents:
        sandbox = example(path.parent, sandbox.parent)
    background: list[subprocess.Popen[str]] = []
    ports: dict[str, str] = {}
    try:
        for block in reader.blocks(path):
            if block.language == "sh":
                for written in commands(block):
                    command = on_free_ports(written, ports)
                    if checked_otherwise(command):
                        continue
                    if command.run_here:
                        run(command, sandbox, environment, background)
    finally:
        for process in background:
            process.terminate()
            process.wait(timeout=10)
            process.stdout.close()


def on_free_ports(command: Command, ports: dict[str, str]) -> Command:
    """The command with a port that is free now for each one that the document names."""
    for option, value in itertools.pairwise(command.words):
        if option in ("--port", "--control-port") and value != "0" and value not in ports:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                ports[value] = str(probe.getsockname()[1])

    def moved(text: str) -> str:
        return re.sub(r"\d{4,5}", lambda found: ports.get(found[0], found[0]), text)

    return dataclasses.replace(
        command,
        words=[moved(word) for word in command.words],
        variables={name: moved(value) for name, value in command.variables.items()},
    )


def first_program() -> str:
    """The README's first program, which the documents call `chart.py`."""
    return next(block.text for block in reader.blocks(README) if block.mark[:1] == ("run",))


def around(application: Path) -> Path:
    """The README stands beside the application, at `path/to/application`."""
    root = application.parent / "somewhere"
    shutil.copytree(application, root / "path" / "to" / "application")
    (root / "chart.py").write_text(first_program(), encoding="utf-8")
    return root


def example(folder: Path, around: Path) -> Path:
    """A copy of an example, for the commands of its README."""
    copied = around / folder.name
    shutil.copytree(folder, copied, ignore=shutil.ignore_patterns("__pycache__"))
    return copied


def run(
    command: Command,
    where: Path,
    environment: dict[str, str],
    background: list[subprocess.Popen[str]],
) -> None:
    words = [sys.executable, *command.words[1:]] if command.words[0] == "python" else command.words
    variables = {**environment, **command.variables}
    program = shutil.which(words[0], path=variables["PATH"])
    assert program, f"{command}: there is no such command"
    if command.background:
        process = subprocess.Popen(
            [program, *words[1:]], cwd=where, env=variables, stdout=subprocess.PIPE, text=True
        )
        background.append(process)
        assert process.stdout.readline().startswith("listening"), command
        return
    finished = subprocess.run(
        [program, *words[1:]],
        cwd=where,
        env=variables,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=TIMEOUT,
    )
    shown = f"{command}\n{finished.stdout[-3000:]}\n{finished.stderr[-3000:]}"
    assert finished.returncode == command.exit_code, shown
    assert "Traceback" not in finished.stderr, shown


def checked_otherwise(command: Command) -> bool:
    words = command.words
    if words[0] == "make":
        makefile = (reader.REPOSITORY / "Makefile").read_text(encoding="utf-8")
        assert re.search(rf"^{re.escape(words[1])}:", makefile, re.MULTILINE), command
        return True
    if words[:4] == ["python", "-m", "pip", "install"]:
        for requirement in words[4:]:
            check_requirement(requirement, str(command))
        return True
    return False


def check_requirement(requirement: str, where: str) -> None:
    """`.[extra]` or `upbit-websocket-v6[extra]`, with extras that exist."""
    project = tomllib.loads((reader.REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    found = re.fullmatch(r"(\.|[a-z0-9-]+)(?:\[([a-z0-9,-]+)\])?", requirement)
    assert found, where
    assert found[1] in (".", project["project"]["name"], "pytest", "pytest-asyncio"), where
    if found[2]:
        assert set(found[2].split(",")) <= set(project["project"]["optional-dependencies"]), where


def test_windows_lines_use_the_launcher_and_modules_only():
    lines = [
        line
        for path in DOCUMENTS
        for block in reader.blocks(path)
        if block.language == "powershell"
        for line in block.text.splitlines()
    ]
    assert lines
    for line in lines:
        assert re.match(WINDOWS, line), line
        if " pip install " in line:
            check_requirement(shlex.split(line.replace("\\", "/"))[-1], line)


@pytest.mark.parametrize("path", reader.documents(), ids=reader.name_of)
def test_commands_within_the_text_exist(path: Path):
    """A command that stands in a sentence is not run; its subcommand and options must exist."""
    for number, line in reader.prose(path):
        for text in re.findall(r"`([^`]+)`", line):
            words = text.split()
            where = f"{reader.name_of(path)}:{number}: {text}"
            if words[0] == "make" and len(words) > 1:
                checked_otherwise(Command(where, words, {}, False, 0, False))
            elif words[0] in PROGRAMS and len(words) > 1:
                options = {word.partition("=")[0] for word in words[1:] if word.startswith("--")}
                command = [word for word in words[1:2] if not word.startswith("-")]
                missing = options - set(options_of(words[0], *command))
                assert not missing, where


@functools.cache
def options_of(program: str, *command: str) -> list[str]:
    """The long options that the help of a command names; a command that is not there fails."""
    if command and command[0].isupper():  # stands for any of them
        return ["--help"]
    asked = subprocess.run(
        [sys.executable, "-m", PROGRAMS[program], *command, "--help"],
        cwd=reader.REPOSITORY,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert asked.returncode == 0, asked.stderr
    return re.findall(r"--[a-z][a-z-]*", asked.stdout)


@pytest.mark.parametrize("path", reader.documents(), ids=reader.name_of)
def test_variables_in_the_text_are_read_by_the_code(path: Path):
    used = set(re.findall(r"\bUPBIT_[A-Z0-9_]+[A-Z0-9]\b", path.read_text(encoding="utf-8")))
    assert sorted(used - known_variables()) == []


@functools.cache
def known_variables() -> set[str]:
    settings = {f"UPBIT_WS_{each.name.upper()}" for each in dataclasses.fields(Config)}
    sources = (
        path.read_text(encoding="utf-8")
        for package in ("websocket_v6", "compat_v5")
        for path in (reader.REPOSITORY / package).rglob("*.py")
    )
    named = {name for text in sources for name in re.findall(r"\"(UPBIT_[A-Z0-9_]+)\"", text)}
    return settings | named


@pytest.mark.parametrize("text", ["make nothing-of-the-kind", 'python -m pip install ".[nothing]"'])
def test_a_wrong_command_is_noticed(text: str):
    (command,) = commands(reader.Block("here", 1, "sh", (), text + "\n"))
    with pytest.raises(AssertionError):
        checked_otherwise(command)


def test_a_failing_command_is_noticed(sandbox: Path, environment: dict[str, str]):
    block = reader.Block("here", 1, "sh", (), 'python -c "import sys; sys.exit(3)"\n')
    with pytest.raises(AssertionError, match="here"):
        run(commands(block)[0], sandbox, environment, [])
