"""Legacy names with nothing of their own behind them, looked up when somebody asks.

Two kinds: names a legacy module had only because it imported them (they come from where they live
today, with a warning), and names of older generations (they raise, and the error names the v6 way).
The tables are in ``renames``.
"""

from __future__ import annotations

import dis
import importlib
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

__all__ = ["lookup", "module_getattr"]

logger = logging.getLogger(__name__)

_DOCS = "MIGRATION.md#imports"
_LIMITER = "the rate limiter is part of the connection and always on"
_HERE = str(Path(__file__).parent) + os.sep


def module_getattr(module: str) -> Callable[[str], Any]:
    """``__getattr__`` (PEP 562) for the submodule named *module* (its ``__name__``)."""

    def __getattr__(name: str) -> Any:  # noqa: N807 - it becomes the module's own
        return lookup(module, name)

    return __getattr__


def lookup(module: str, name: str) -> Any:
    """The object legacy code means by *name* in *module*, which does not define it.

    Raises:
        AttributeError: the name was never there, belongs to an older generation, or has nothing
            behind it any more; the text of the latter two holds the remedy.
        ImportError: instead of the latter two, if it is ``from … import`` that asks: it would
            replace an ``AttributeError`` by its own text, and the remedy would be lost.
    """
    missing = AttributeError(f"module {module!r} has no attribute {name!r}")
    if name.startswith("_"):
        raise missing
    from .renames import EXPORTS_BY_SUBMODULE, GONE_FROM_SIBLINGS, OLDER_GENERATIONS

    submodule = module.partition(".")[2]
    remedy = OLDER_GENERATIONS.get(submodule, {}).get(name)
    if remedy is not None:
        _refuse(module, name, f"it belongs to an older generation of v5. In v6: {remedy}")
    if name in GONE_FROM_SIBLINGS.get(submodule, ()):
        _refuse(module, name, _LIMITER)
    exports = EXPORTS_BY_SUBMODULE.get(submodule)
    if exports is None or name not in exports.accidental:
        raise missing
    home = exports.accidental[name]
    if home is None:
        _refuse(module, name, _LIMITER)
    _warn(module, name, home)
    target = importlib.import_module(home)
    return target if name == home else getattr(target, name)


def _refuse(module: str, name: str, reason: str) -> NoReturn:
    problem = f"{module} has no {name!r}: {reason} ({_DOCS})"
    if _is_import():
        raise ImportError(problem, name=module)
    raise AttributeError(problem, name=name, obj=sys.modules.get(module))


def _is_import() -> bool:
    """Whether it is a ``from … import`` that looks the name up, and not ``hasattr`` or a dot."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
    instruction = frame.f_code.co_code[frame.f_lasti]
    return dis.opname[instruction] == "IMPORT_FROM"


def _warn(module: str, name: str, home: str) -> None:
    from .call_site import find_call_site
    from .deprecation import WARNINGS_VARIABLE, LegacyV5Warning, warn_at
    from .usage import record

    statement = f"import {home}" if name == home else f"from {home} import {name}"
    message = f"{name} was in {module} by accident; write `{statement}` ({_DOCS})"
    site = find_call_site()
    record(site, f"{module}.{name}")
    try:
        warn_at(site, f"{module}.{name}", message)
    except LegacyV5Warning:
        # A blanket `-W error` must not make a legacy import fail; only our own switch does.
        if os.environ.get(WARNINGS_VARIABLE) == "error":
            raise
        logger.warning(message)
