"""Facts about the project as a whole, built once and shared with every worker."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from codemods.options import Options

__all__ = ["ProjectIndex", "build_index"]


@dataclass(frozen=True)
class ProjectIndex:
    """Picklable. Opaque to callers except *target_package*."""

    target_package: str


def build_index(files: Mapping[str, bytes], options: Options, paths: Collection[str] = ()) -> ProjectIndex:
    """Analyse the relevant files together and decide about every mention of v5.

    Args:
        files: ``{path: source}`` of the relevant files (:func:`codemods.gate.relevant`).
        options: the run's settings.
        paths: every Python file of the tree, to see packages and a ``websocket_v6`` folder; the keys of *files*
            when empty.
    """
    raise NotImplementedError
