"""``rewrite``: one file's bytes and the project's facts in, one outcome out. Pure."""

from __future__ import annotations

import hashlib

from codemods.index import ProjectIndex
from codemods.options import Options
from codemods.result import Failed, Outcome, Unchanged

__all__ = ["rewrite"]


def rewrite(path: str, source: bytes, index: ProjectIndex, options: Options) -> Outcome:
    """Apply what the index decided about *path*.

    Never raises for the file's sake: what cannot be handled is :class:`~codemods.result.Failed`.
    *source* must be what the index was built from; a file that changed in between fails.
    """
    planned = index.files.get(path)
    if planned is None:
        return Unchanged(path)
    if hashlib.sha256(source).digest() != planned.digest:
        return Failed(
            path, "rewrite", "the file has changed since it was read; run the command again"
        )
    return planned.outcome
