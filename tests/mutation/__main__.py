"""``python -m tests.mutation``: how many small wrong changes to ``protocol/`` its tests notice.

Each mutant lives in a forked process that imports the changed module and runs that module's tests until
one fails. Needs ``fork``, so no Windows.
"""

from __future__ import annotations

import argparse
import ast
import importlib.abc
import importlib.machinery
import importlib.metadata
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import NamedTuple

import hypothesis
import pytest

from tests.mutation.mutants import Mutant, mutants

ROOT = Path(__file__).parent.parent.parent
PACKAGE = "websocket_v6.protocol"
TESTS = ROOT / "tests" / "websocket_v6" / "protocol"
GOAL = 0.9


class Result(NamedTuple):
    """*fate* is ``killed``, ``survived`` or ``timeout`` (which counts as killed)."""

    module: str
    mutant: Mutant
    fate: str


class _Loader(importlib.abc.InspectLoader):
    def __init__(self, code: CodeType) -> None:
        self._code = code

    def get_source(self, fullname: str) -> str | None:
        return None

    def get_code(self, fullname: str) -> CodeType:
        return self._code


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, name: str, code: CodeType) -> None:
        self._name = name
        self._loader = _Loader(code)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._name:
            return None
        return importlib.machinery.ModuleSpec(fullname, self._loader)


def warm_up() -> None:
    """Import once, and not in every child, whatever does not change: plugins and libraries."""
    for plugin in importlib.metadata.entry_points(group="pytest11"):
        if plugin.name != "upbit_websocket":
            plugin.load()
    for module in ("websocket_v6", "websocket_v6.testing"):
        importlib.import_module(module)
    for name in [name for name in sys.modules if name.split(".")[0] == "websocket_v6"]:
        del sys.modules[name]


def run_tests(module: str, tree: ast.Module) -> int:
    """Run the tests with *tree* as the module; the exit status of pytest."""
    code = compile(tree, f"<mutant of {module}>", "exec", dont_inherit=True)
    sys.meta_path.insert(0, _Finder(f"{PACKAGE}.{module}", code))
    hypothesis.settings.register_profile(
        "mutation",
        derandomize=True,
        database=None,
        max_examples=25,
        deadline=None,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],  # nobody reads the example
    )
    hypothesis.settings.load_profile("mutation")
    quiet = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:upbit_websocket", "--assert=plain"]
    return int(pytest.main([*quiet, str(TESTS / f"test_{module}.py")]))


def fate_of(module: str, tree: ast.Module, seconds: float) -> str:
    """Fork, run, wait at most *seconds*."""
    child = os.fork()
    if child == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        status = 1
        try:
            status = run_tests(module, tree)
        finally:
            os._exit(status)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return "survived" if status == 0 else "killed"
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "timeout"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation")
    parser.add_argument("modules", nargs="*", help="such as decoder; default: all of protocol/")
    parser.add_argument("--timeout", type=float, default=20.0, help="seconds per mutant")
    parser.add_argument("--lines", type=int, nargs="*", help="only mutants of these lines")
    chosen = parser.parse_args(arguments)
    folder = ROOT / "websocket_v6" / "protocol"
    modules = chosen.modules or sorted(
        path.stem for path in folder.glob("*.py") if path.stem != "__init__"
    )
    warm_up()
    results: list[Result] = []
    for module in modules:
        source = (folder / f"{module}.py").read_text(encoding="utf-8")
        fate = fate_of(module, ast.parse(source), chosen.timeout)
        if fate != "survived":
            sys.exit(
                f"the tests of {module} fail without any change ({fate}); nothing was measured"
            )
        for mutant in mutants(source):
            if chosen.lines and mutant.line not in chosen.lines:
                continue
            result = Result(module, mutant, fate_of(module, mutant.tree, chosen.timeout))
            results.append(result)
            if result.fate != "killed":
                print(f"{module}.py:{mutant.line}: {mutant.change}: {result.fate}", flush=True)
        print(_line(module, [one for one in results if one.module == module]), flush=True)
    print(_line("all", results))
    return int(_share(results) < GOAL)


def _share(results: Sequence[Result]) -> float:
    return sum(one.fate != "survived" for one in results) / max(len(results), 1)


def _line(name: str, results: Sequence[Result]) -> str:
    killed = sum(one.fate != "survived" for one in results)
    return f"{name:<16} {killed:>4} of {len(results):>4} killed  {_share(results):.1%}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
