"""The names that stand for a notebook's magic lines in its Python, and how reasons show them."""

from __future__ import annotations

import re

__all__ = ["magic_name", "with_magics"]

_NAME = re.compile(r"\bipython_magic_\d+_(help|magic|shell)(?:_(\w+))?\(\)")
_DOT = "_dot_"


def magic_name(number: int, kind: str, word: str) -> str:
    """The name of the function that stands for a magic line.

    Args:
        number: makes it unique in the notebook.
        kind: ``"magic"`` for ``%word``, ``"help"`` for ``word?``, ``"shell"`` for ``!command``.
        word: empty where there is none.
    """
    plain = word.replace(".", _DOT)
    return f"ipython_magic_{number}_{kind}" + (f"_{plain}" if plain.isidentifier() else "")


def with_magics(text: str) -> str:
    """*text* with the calls of such functions as they stand in the notebook.

    >>> with_magics("it is handed to ipython_magic_3_magic_time()")
    'it is handed to `%time`'
    """
    return _NAME.sub(_shown, text)


def _shown(match: re.Match[str]) -> str:
    kind, word = match[1], (match[2] or "").replace(_DOT, ".")
    if kind == "shell":
        return "a shell line (`!`)"
    if kind == "help":
        return f"`{word}?`"
    return f"`%{word}`" if word else "a magic (`%`)"
