"""Rewriting many files: in this process, or in worker processes where that pays.

A worker is a fresh interpreter (the *spawn* method: the same on every system, and safe beside
threads). It costs about half a second to start, so few or small files are rewritten here.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

from codemods.documents import Document
from codemods.engine import rewrite
from codemods.index import ProjectIndex
from codemods.options import Options
from codemods.result import Failed, Outcome

__all__ = ["rewrite_all", "workers_for"]

_BYTES_PER_WORKER = 300_000
"""Document that keeps one process busy for several times what a worker costs to start."""


def workers_for(sizes: Sequence[int], jobs: int, processors: int | None = None) -> int:
    """How many processes to use; 1 means this one.

    Args:
        sizes: bytes of each file to rewrite.
        jobs: the most to use; 0 means one per processor.
        processors: None means to ask the system.
    """
    most = jobs or processors or os.cpu_count() or 1
    worthwhile = sum(sizes) // _BYTES_PER_WORKER + 1
    return max(1, min(most, worthwhile, len(sizes)))


def rewrite_all(
    documents: Sequence[Document],
    index: ProjectIndex,
    options: Options,
    *,
    jobs: int,
    done: Callable[[], None],
    workers: int | None = None,
) -> Iterator[Outcome]:
    """The outcome of each document, in no particular order.

    A worker that dies takes no other file with it: what it held is tried again, alone.

    Args:
        done: called after each file.
        workers: None means to decide by size.
    """
    count = workers or workers_for([len(document.python) for document in documents], jobs)
    if count == 1:
        for document in documents:
            yield rewrite_document(document, index, options)
            done()
        return
    lost: list[Document] = []
    for document, outcome in _in_pool(documents, index, options, count):
        if outcome is None:
            lost.append(document)
            continue
        yield outcome
        done()
    for document in lost:
        for _, outcome in _in_pool([document], index, options, 1):
            yield outcome or Failed(document.path, "rewrite", "the process that rewrote it died")
            done()


def rewrite_document(document: Document, index: ProjectIndex, options: Options) -> Outcome:
    """One file. A defect of a rule is this file's failure, with what is needed to report it."""
    try:
        return document.outcome(rewrite(document.path, document.python, index, options))
    except Exception as error:  # noqa: BLE001 the border of a file's failure
        return Failed(document.path, "rewrite", f"internal error: {type(error).__name__}: {error}")


def _in_pool(
    documents: Sequence[Document], index: ProjectIndex, options: Options, count: int
) -> Iterator[tuple[Document, Outcome | None]]:
    """Each document with its outcome; None where the worker died."""
    pool = ProcessPoolExecutor(
        count,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
        initargs=(index, options),
    )
    try:
        waiting: dict[Future[Outcome], Document] = {}
        # The longest first, so that none of them is alone at the end.
        for document in sorted(documents, key=lambda document: -len(document.python)):
            waiting[pool.submit(_work, document)] = document
        for future in as_completed(waiting):
            try:
                yield waiting[future], future.result()
            except BrokenProcessPool:
                yield waiting[future], None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_index: ProjectIndex | None = None
_options: Options | None = None


def _start_worker(index: ProjectIndex, options: Options) -> None:
    global _index, _options
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    _index, _options = index, options


def _work(document: Document) -> Outcome:
    assert _index is not None  # noqa: S101 set by the initializer
    assert _options is not None  # noqa: S101 set by the initializer
    return rewrite_document(document, _index, _options)
