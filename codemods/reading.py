"""Read many files at once.

Reading waits for the disk or the network and not for the interpreter, so threads help; deciding is done
for the whole project together, in one process.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from codemods.exceptions import FileError
from codemods.write import read_regular_file

__all__ = ["DEFAULT_JOBS", "read_files"]

DEFAULT_JOBS = 4
"""Files read at the same time; more gave nothing on a local disk."""

_CHUNK = 64


def read_files(
    paths: Sequence[str], jobs: int = DEFAULT_JOBS
) -> Iterator[tuple[str, bytes | FileError]]:
    """Each path with its bytes, or with why it cannot be read, in the order of *paths*.

    Args:
        jobs: files read at the same time; 0 means `DEFAULT_JOBS`.
    """
    jobs = jobs or DEFAULT_JOBS
    if jobs == 1 or len(paths) <= _CHUNK:
        yield from map(_read, paths)
        return
    chunks = [paths[start : start + _CHUNK] for start in range(0, len(paths), _CHUNK)]
    with ThreadPoolExecutor(jobs) as pool:
        for read in pool.map(_read_chunk, chunks):
            yield from read


def _read_chunk(paths: Sequence[str]) -> list[tuple[str, bytes | FileError]]:
    return [_read(path) for path in paths]


def _read(path: str) -> tuple[str, bytes | FileError]:
    try:
        return path, read_regular_file(path)
    except FileError as error:
        return path, error
