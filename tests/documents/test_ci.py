"""The definition of the checks for three systems is sound, although it runs elsewhere."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
import yaml

from tests.documents import reader

WORKFLOW = reader.REPOSITORY / ".github" / "workflows" / "ci.yml"
SYSTEMS = {"ubuntu-latest", "windows-latest", "macos-latest"}
VERSIONS = ["3.11", "3.12", "3.13", "3.14"]


def jobs() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]
    return found


def steps(job: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for step in job["steps"] if "run" in step]


def test_three_systems_and_every_supported_python():
    matrix = jobs()["test"]["strategy"]["matrix"]
    assert set(matrix["os"]) == SYSTEMS
    assert matrix["python"] == VERSIONS


@pytest.mark.parametrize("name", jobs())
def test_a_job_that_runs_on_windows_needs_neither_make_nor_a_posix_shell(name: str):
    job = jobs()[name]
    everywhere = "matrix" in job["runs-on"] or "windows" in job["runs-on"]
    for step in steps(job):
        if everywhere and step.get("if") != "runner.os == 'Linux'":
            assert re.fullmatch(r"python -m [a-z]+( [^&|;\n]+)?", step["run"]), step["run"]


@pytest.mark.parametrize("name", jobs())
def test_what_a_job_uses_is_there(name: str):
    project = tomllib.loads((reader.REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    extras = set(project["project"]["optional-dependencies"])
    for step in steps(jobs()[name]):
        for listed in re.findall(r"\.\[([a-z,0-9-]+)\]", step["run"]):
            assert set(listed.split(",")) <= extras
        for file in re.findall(r"--constraint (\S+)|bash (\S+)", step["run"]):
            assert (reader.REPOSITORY / "".join(file)).is_file(), file


@pytest.mark.parametrize("name", jobs())
def test_no_job_runs_for_ever(name: str):
    assert jobs()[name]["timeout-minutes"] <= 60


def test_lint_is_what_make_lint_runs():
    makefile = (reader.REPOSITORY / "Makefile").read_text(encoding="utf-8")
    target = re.search(r"^lint:.*\n((?:\t.+\n)+)", makefile, re.MULTILINE)
    assert target
    commands = target[1].replace("$(RUN)", "python -m").replace("$(BIN)/", "").split("\n\t")
    run = [step["run"] for step in steps(jobs()["lint"])]
    assert run[1:] == [command.strip() for command in commands]
