"""Run a script or module as ``__main__``, the way the interpreter does.

The module stays ``__main__`` until the process ends, so threads and ``atexit`` handlers of the
program find their globals; ``runpy`` would take them away.
"""

from __future__ import annotations

import builtins
import importlib.util
import io
import json
import os
import runpy
import sys
import zipfile
from collections.abc import Callable
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType, TracebackType
from typing import Any

__all__ = [
    "ProgramError",
    "redirect_child_processes",
    "run_module",
    "run_script",
    "show_program_error",
]

_HERE = os.path.dirname(__file__) + os.sep  # noqa: PTH120 - kept as text: it is compared per frame
_RUNPY = ("<frozen runpy>", runpy.__file__)


class ProgramError(Exception):
    """The program was not started.

    Args:
        problem: the interpreter's own words for it.
        status: the interpreter's exit status for it.
    """

    def __init__(self, problem: str, status: int) -> None:
        super().__init__(problem)
        self.status = status


def run_script(path: str, arguments: list[str], prepare: Callable[[], object]) -> None:
    """As ``python PATH ARGUMENTS``; a folder or ZIP file runs its ``__main__.py``.

    Args:
        path: the script.
        arguments: what ``sys.argv`` has behind it.
        prepare: called when ``sys.path`` is the program's own, before anything of it runs.

    Raises:
        ProgramError: the file cannot be read.
        BaseException: whatever the program raises, ``SystemExit`` included.
    """
    sys.argv[:] = [path, *arguments]
    file = os.path.abspath(path)  # noqa: PTH100 - resolve() would follow links
    if os.path.isdir(file) or zipfile.is_zipfile(file):  # noqa: PTH112
        _set_first_path(file)
        prepare()
        _run_spec(_spec_of("__main__"), package="")
        return
    try:
        with io.open_code(file) as stream:
            source = stream.read()
    except OSError as error:
        problem = f"can't open file {file!r}: [Errno {error.errno}] {error.strerror}"
        raise ProgramError(problem, 2) from error
    _set_first_path(os.path.dirname(os.path.realpath(file)))  # noqa: PTH120
    prepare()
    code = compile(source, file, "exec", dont_inherit=True)
    _execute(code, __file__=file, __loader__=SourceFileLoader("__main__", file))


def run_module(name: str, arguments: list[str], prepare: Callable[[], object]) -> None:
    """As ``python -m NAME ARGUMENTS``; a package runs its ``__main__`` module.

    Args:
        name: the module.
        arguments: what ``sys.argv`` has behind it.
        prepare: called before anything of the program runs, its packages included.

    Raises:
        ProgramError: there is no such module, or nothing in it to run.
        BaseException: whatever the program raises, ``SystemExit`` included.
    """
    sys.argv[:] = ["-m", *arguments]
    prepare()
    spec = _spec_of(name)
    if spec.submodule_search_locations is not None:
        try:
            spec = _spec_of(f"{name}.__main__")
        except ProgramError as error:
            problem = f"{error}; {name!r} is a package and cannot be directly executed"
            raise ProgramError(problem, 1) from error
    sys.argv[0] = spec.origin or name
    _run_spec(spec, package=spec.parent)


def redirect_child_processes(override: bool, v6: str | None) -> None:
    """Have Python processes that this one starts redirected too, by way of their environment.

    That covers ``multiprocessing`` with ``spawn``, the workers of pytest-xdist and plain
    ``subprocess`` calls; see ``child_process/sitecustomize.py``.
    """
    folders = [f"{_HERE}child_process", os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, folders))
    os.environ["UPBIT_V5_REDIRECT"] = json.dumps({"override": override, "v6": v6})


def _set_first_path(folder: str) -> None:
    if not sys.flags.safe_path:
        sys.path[0] = folder


def _spec_of(name: str) -> ModuleSpec:
    if name == "__main__":
        # This name is taken in sys.modules, so the import system would not look for the file.
        spec = importlib.machinery.PathFinder.find_spec(name, sys.path[:1])
    else:
        try:
            spec = importlib.util.find_spec(name)
        except ImportError as error:
            kind = type(error).__name__
            problem = f"Error while finding module specification for {name!r} ({kind}: {error})"
            raise ProgramError(problem, 1) from error
    if spec is None:
        raise ProgramError(f"No module named {name}", 1)
    return spec


def _run_spec(spec: ModuleSpec, package: str | None) -> None:
    get_code = getattr(spec.loader, "get_code", None)
    code = get_code(spec.name) if get_code is not None else None
    if code is None:
        raise ProgramError(f"No code object available for {spec.name}", 1)
    _execute(
        code,
        __spec__=spec,
        __file__=spec.origin,
        __cached__=spec.cached,
        __loader__=spec.loader,
        __package__=package,
    )


def _execute(code: CodeType, **attributes: Any) -> None:
    main = ModuleType("__main__")
    main.__dict__.update(__builtins__=builtins, **attributes)
    sys.modules["__main__"] = main
    exec(code, main.__dict__)  # noqa: S102 - running the user's program is the task


def show_program_error(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    """``sys.excepthook`` that leaves out the frames between the interpreter and the program."""
    while traceback is not None and _is_ours(traceback.tb_frame.f_code.co_filename):
        traceback = traceback.tb_next
    sys.__excepthook__(kind, error.with_traceback(traceback), traceback)


def _is_ours(file: str) -> bool:
    return file.startswith(_HERE) or file in _RUNPY
