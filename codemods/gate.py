"""Which files matter: byte test, then ``ast`` import test, then a closure over exported names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

__all__ = ["relevant"]


def relevant(files: Mapping[str, bytes] | Callable[[str], bytes], paths: Collection[str] = ()) -> set[str]:
    """The files a migration has to look at.

    Args:
        files: ``{path: source}``; or a reader, called at most a few times per path, with *paths*. Paths are relative to
            the root of the tree, with ``/``. A reader may raise ``OSError``: that file is left out.
        paths: every Python file of the tree; only with a reader.

    Returns:
        A subset of the paths: those that mention v5, those through which such files hand clients on,
        and those that take them.
    """
    raise NotImplementedError
