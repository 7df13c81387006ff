"""The packages that v5 was part of, and programs that import from them."""

from __future__ import annotations

from collections.abc import Callable

UPBIT = "upbit_auto_trading.infrastructure.external_apis.upbit"
V5 = f"{UPBIT}.websocket_v5"
V6 = f"{UPBIT}.websocket_v6"
FOLDER = UPBIT.replace(".", "/")

PREAMBLE = f"""\
import importlib, importlib.util, pathlib, sys, warnings
import compat_v5
UPBIT, V5, V6 = {UPBIT!r}, {V5!r}, {V6!r}
"""

Run = Callable[..., str]


def package(*names: str) -> dict[str, str]:
    """The parents of the legacy package as regular packages, and *names* below them."""
    parts = FOLDER.split("/")
    parents = ["/".join(parts[: depth + 1]) for depth in range(len(parts))]
    files = dict.fromkeys((f"{folder}/__init__.py" for folder in parents), "")
    return files | {f"{FOLDER}/{name}": "" for name in names}


REAL_V5 = package() | {
    f"{FOLDER}/websocket_v5/__init__.py": "from .models import REAL",
    f"{FOLDER}/websocket_v5/models.py": "REAL = True",
}
