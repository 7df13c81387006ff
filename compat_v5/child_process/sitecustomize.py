"""Redirects legacy imports in the Python processes that a redirected program starts.

``python -m compat_v5`` puts this folder into ``PYTHONPATH``, where the interpreter looks for a
``sitecustomize`` of this name at its start. The one it would have found otherwise runs first.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from importlib.machinery import PathFinder


def _run_the_one_behind() -> None:
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - keep start-up light
    others = [entry for entry in sys.path if os.path.abspath(entry) != here]  # noqa: PTH100
    spec = PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)


def _redirect() -> None:
    options = os.environ.get("UPBIT_V5_REDIRECT")
    # An interpreter of another environment may not have this distribution: then nothing happens.
    if options is None or importlib.util.find_spec("compat_v5") is None:
        return
    from compat_v5.redirect_finder import LegacyFinder

    # No questions about the program's own packages yet: sys.path is not the program's so far.
    sys.meta_path.insert(0, LegacyFinder(**json.loads(options)))


_run_the_one_behind()
_redirect()
