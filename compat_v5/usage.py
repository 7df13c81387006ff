"""Which legacy calls a program really makes: the proof that the layer can go, or where it cannot.

Counted per call site and member, never with arguments, so no key can get in. With
``UPBIT_V5_USAGE`` set to a path, a call site is in that JSON file from its first call on, and the counts
are brought up to date when the process ends; several processes may share it. A process that is
killed, by SIGTERM for instance, ends without that: its call sites are there, its counts are too low.
"""

from __future__ import annotations

import atexit
import json
import logging
import multiprocessing.process
import os
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypedDict

from .call_site import CallSite
from .whole_file import write_whole

__all__ = ["USAGE_VARIABLE", "UsageReport", "record", "reset_usage", "usage_report", "write_usage"]

logger = logging.getLogger(__name__)

USAGE_VARIABLE: Final = "UPBIT_V5_USAGE"
FORMAT: Final = 1

_Key = tuple[str, int, str]
_UNKNOWN = CallSite("<unknown>", 0, "<unknown>")


class UsedCallSite(TypedDict):
    """One line that made a legacy call, *calls* times. *site* is ``file:line``."""

    site: str
    file: str
    line: int
    member: str
    calls: int


class UsageReport(TypedDict):
    """What ``usage_report`` returns; ``json.dumps`` takes it."""

    format: int
    call_sites: list[UsedCallSite]
    members: dict[str, int]


class _Ledger:
    """The counts of this process."""

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Also called in a forked child: the parent reports its own calls."""
        self.lock = threading.Lock()
        self.counts: Counter[_Key] = Counter()
        self.written: Counter[_Key] = Counter()
        self.registered_in: int | None = None
        self.write_failed = False


_ledger = _Ledger()
_writing = threading.local()


def record(site: CallSite | None, member: str) -> None:
    """Count one call of *member*; *site* ``None`` means that no user line is known."""
    site = site or _UNKNOWN
    with _ledger.lock:
        key = site.file, site.line, member
        new = key not in _ledger.counts
        _ledger.counts[key] += 1
        if _ledger.registered_in != os.getpid():
            _ledger.registered_in = os.getpid()
            _write_when_a_worker_ends()
    if new:
        _write_new_site()


def _write_new_site() -> None:
    """There are few of them, and a process that is killed has no later time to write."""
    # A finalizer may make a legacy call while this thread writes; the lock is not for it to wait on.
    if _ledger.write_failed or getattr(_writing, "here", False):
        return
    _write_if_wanted()


def _write_when_a_worker_ends() -> None:
    """``multiprocessing`` workers leave without running ``atexit``; they have their own way."""
    if multiprocessing.process.parent_process() is not None:
        from multiprocessing.util import Finalize

        Finalize(None, _write_if_wanted, exitpriority=0)


def reset_usage() -> None:
    """Forget everything counted so far."""
    with _ledger.lock:
        _ledger.counts.clear()
        _ledger.written.clear()
        _ledger.write_failed = False


def _report(counts: Counter[_Key]) -> UsageReport:
    members: Counter[str] = Counter()
    call_sites: list[UsedCallSite] = []
    for (file, line, member), calls in sorted(counts.items()):
        members[member] += calls
        call_sites.append(
            {"site": f"{file}:{line}", "file": file, "line": line, "member": member, "calls": calls}
        )
    return {"format": FORMAT, "call_sites": call_sites, "members": dict(sorted(members.items()))}


def usage_report() -> UsageReport:
    """Every legacy call of this process so far, by call site and member."""
    with _ledger.lock:
        return _report(_ledger.counts)


def write_usage(path: str | os.PathLike[str]) -> None:
    """Add this process's counts to the JSON file *path*, which need not exist.

    Calls that an earlier ``write_usage`` wrote are not added again.

    Raises:
        ValueError: the file is there and is no usage report; it is left alone.
        OSError: it cannot be read or written.
    """
    target = Path(path)
    with _locked(target.with_name(target.name + ".lock")):
        counts = _read(target)
        with _ledger.lock:
            now = _ledger.counts.copy()
            counts.update(now - _ledger.written)
        text = json.dumps(_report(counts), indent=1, ensure_ascii=False) + "\n"
        write_whole(target, text.encode())
        with _ledger.lock:
            _ledger.written = now


def _read(path: Path) -> Counter[_Key]:
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return Counter()
    try:
        document: dict[str, Any] = json.loads(text)
        return Counter(
            {
                (str(entry["file"]), int(entry["line"]), str(entry["member"])): int(entry["calls"])
                for entry in document["call_sites"]
            }
        )
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(
            f"{path} is not a usage report ({error!r}); move it away, or name another file in "
            f"{USAGE_VARIABLE}"
        ) from error


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock among processes; the lock goes with the process that held it."""
    with path.open("a+b") as lock:
        if sys.platform == "win32":
            import msvcrt

            lock.seek(0)
            msvcrt.locking(lock.fileno(), msvcrt.LK_LOCK, 1)
            try:
                yield
            finally:
                lock.seek(0)
                msvcrt.locking(lock.fileno(), msvcrt.LK_UNLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _write_if_wanted() -> None:
    path = os.environ.get(USAGE_VARIABLE)
    if not path:
        return
    _writing.here = True
    try:
        write_usage(path)
    except (OSError, ValueError) as error:
        # A report is no reason to fail: a call has its own result, and a program its exit code.
        if not _ledger.write_failed:
            reason = (
                f"{error.filename or path}: {error.strerror}"
                if isinstance(error, OSError)
                else error
            )
            logger.error("the usage of the legacy layer was not written: %s", reason)
        _ledger.write_failed = True
    finally:
        _writing.here = False


atexit.register(_write_if_wanted)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_ledger.start)
