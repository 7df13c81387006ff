"""Run one program against the emulator and record what its callbacks were called with."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from websocket_v6.testing import (
    TEST_ACCESS_KEY,
    TEST_SECRET_KEY,
    ExchangeEmulator,
    LockstepFeed,
)

from .account_script import SteppedClock, play
from .endings import GRACE, LISTEN, TAIL, Ending, exit_words
from .full_disk import refuse_full_disk
from .received import PRIVATE_TYPES, PUBLIC_TYPES, Recording
from .trace import TraceReader

__all__ = ["Program", "Run", "run"]

POLL = 0.05  # seconds
RATE = 100.0  # frames per second and sequence
SILENCE = 30.0  # seconds without any delivery from the start on


@dataclass(frozen=True, slots=True)
class Program:
    """What to run.

    Args:
        label: how reports call it.
        command: arguments after the Python interpreter.
        directory: the working directory.
    """

    label: str
    command: tuple[str, ...]
    directory: Path


@dataclass(frozen=True, slots=True)
class Run:
    """One finished run.

    Args:
        output: what the program printed.
        held: (type, code) pairs it held on the exchange that owed it frames.
        sent: how many REALTIME frames the exchange sent of each public one.
        open_at_once: the most sockets it had open at one time, by kind, looked at every 50 ms; a
            kind that is missing was not looked at.
        released: public (type, code) pairs it held and held no more at its end.
        ending: how it ended; ``None`` when nobody looked.
    """

    recording: Recording
    output: Path
    held: frozenset[tuple[str, str]] = field(default=frozenset())
    sent: Mapping[tuple[str, str], int] = field(default_factory=dict)
    open_at_once: Mapping[str, int] = field(default_factory=dict)
    released: frozenset[tuple[str, str]] = field(default=frozenset())
    ending: Ending | None = None


async def run(
    program: Program,
    *,
    frames: int,
    seed: int,
    logs: Path,
    time_limit: float,
    progress: Callable[[str], None],
    listen: float = LISTEN,
    stay: float = 0.0,
) -> Run:
    """Run *program* on a fresh emulator with a lock-step feed of *frames* per (type, code).

    A program that does not end by itself is interrupted once it has had everything; one that is
    still busy after *time_limit* seconds is interrupted, too, and that is a problem of the
    recording.

    Args:
        logs: directory for the trace and for the program's output.
        listen: seconds without a delivery after which a program is taken to have had everything;
            a component that starts later is not seen.
        stay: seconds from the first delivery on for which it is not interrupted in any case.

    Raises:
        ParityError: the disk took only the beginning of one of these files.
    """
    trace = logs / f"{program.label}.trace.jsonl"
    output = logs / f"{program.label}.log"
    trace.unlink(missing_ok=True)
    reader = TraceReader(trace, program.directory.resolve())
    feed = LockstepFeed(frames=frames, seed=seed, rate=RATE)
    clock = SteppedClock()
    async with ExchangeEmulator(feed=feed, clock=clock) as exchange:
        account = asyncio.create_task(play(exchange, clock))
        with output.open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, *program.command),
                cwd=program.directory,
                env=_environment(exchange.url, trace),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
                process_group=0,  # a terminal's Ctrl-C reaches this process alone, which passes it on
            )
            try:
                watch = _Watch(process, reader, exchange, feed, frames, listen, stay)
                problem = await watch.until_done(time_limit, progress)
                over = reader.elapsed()
            finally:
                killed = await stop(process)
                account.cancel()
                await asyncio.gather(account, return_exceptions=True)
        reader.read()
        refuse_full_disk(trace)
        refuse_full_disk(output)
        sockets = {kind: exchange.opened(kind) for kind in ("public", "private")}
    ending = _ending(watch.ended_itself, process.returncode, killed, over, reader, output)
    problems = _problems(problem, ending, reader, output)
    return Run(
        Recording(
            label=program.label,
            frames=tuple(reader.frames),
            sockets=sockets,
            ended_itself=watch.ended_itself,
            failures=tuple(reader.failures),
            problems=tuple(f"{program.label}: {text}" for text in problems),
        ),
        output,
        frozenset(watch.held),
        {pair: feed.index(*pair) for pair in watch.held if pair[0] in PUBLIC_TYPES},
        watch.open_at_once,
        frozenset(watch.held - watch.holds),
        ending,
    )


def _problems(problem: str | None, ending: Ending, reader: TraceReader, output: Path) -> list[str]:
    """Why the recording may not be what the program does; *problem* is the watch's."""
    problems = [] if problem is None else [problem]
    if ending.itself and ending.status:
        problems.append(exit_words(ending.status, ending.words))
    if not reader.frames and not problems:
        problems.append(
            "no callback was called: nothing was subscribed on the emulator, or the program does "
            f"not read UPBIT_WS_URL; its output is in {output}"
        )
    return problems


class _Watch:
    """Follow a running program until there is nothing more to wait for."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        reader: TraceReader,
        exchange: ExchangeEmulator,
        feed: LockstepFeed,
        frames: int,
        listen: float,
        stay: float,
    ) -> None:
        self.ended_itself = False
        self.held: set[tuple[str, str]] = set()
        self.holds: set[tuple[str, str]] = set()
        self.open_at_once: dict[str, int] = {}
        self._process = process
        self._reader = reader
        self._exchange = exchange
        self._feed = feed
        self._frames = frames
        self._listen = listen
        self._stay = stay

    async def until_done(self, time_limit: float, progress: Callable[[str], None]) -> str | None:
        """Return the problem, if there is one: the program is still busy after the limit."""
        while self._reader.elapsed() < time_limit:
            await asyncio.sleep(POLL)
            self._reader.read()
            if self._process.returncode is None:  # the end of a process is no unsubscription
                self.holds = _streaming(self._exchange)
            self.held |= self.holds
            open_now = Counter(connection.kind for connection in self._exchange.connections)
            for kind, count in open_now.items():
                self.open_at_once[kind] = max(count, self.open_at_once.get(kind, 0))
            progress(self._so_far())
            if self._process.returncode is not None:
                self.ended_itself = True
                return None
            if self._exhausted():
                return None
        return f"still running after {time_limit:g} s"

    def _so_far(self) -> str:
        """What a user who waits is told."""
        topics = {frame.topic for frame in self._reader.frames}
        got = f"{len(self._reader.frames)} frames in {len(topics)} topics"
        if self._reader.last_growth is None:
            return got
        quiet = self._reader.elapsed() - self._reader.last_growth
        return got if quiet < 1 else f"{got}; {quiet:.0f} s without a further one"

    def _exhausted(self) -> bool:
        now, last = self._reader.elapsed(), self._reader.last_growth
        if last is None:
            return now > SILENCE
        first = self._reader.frames[0].at
        return (
            now - last > self._listen
            and now - first > self._stay
            and all(
                self._feed.index(data_type, code) >= self._frames
                for data_type, code in self.holds
                if data_type in PUBLIC_TYPES
            )
        )


def _streaming(exchange: ExchangeEmulator) -> set[tuple[str, str]]:
    """What is held and owes frames: no one-shot snapshots, nothing that only a script would send."""
    return {
        topic
        for connection in exchange.connections
        for topic, options in connection.subscriptions.items()
        if not options.is_only_snapshot and topic[0] in PUBLIC_TYPES | PRIVATE_TYPES
    }


async def stop(process: asyncio.subprocess.Process) -> bool:
    """Interrupt a child as Ctrl-C would, and kill it if it does not end, or if there is no time.

    Returns:
        Whether it had to be killed.
    """
    if process.returncode is not None:
        return False
    try:
        if sys.platform == "win32":
            process.terminate()
        else:
            process.send_signal(signal.SIGINT)
        async with asyncio.timeout(GRACE):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
        return True
    except asyncio.CancelledError:  # Ctrl-C once more
        process.kill()
        raise
    except ProcessLookupError:
        await process.wait()
    return False


def _environment(url: str, trace: Path) -> dict[str, str]:
    return os.environ | {
        "UPBIT_WS_URL": url,
        "UPBIT_ACCESS_KEY": TEST_ACCESS_KEY,
        "UPBIT_SECRET_KEY": TEST_SECRET_KEY,
        "UPBIT_WS_TRACE": str(trace.resolve()),
        "UPBIT_V5_WARNINGS": "off",
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",  # leave no trace in the program's own folder
    }


def _ending(
    itself: bool,
    status: int | None,
    killed: bool,
    over: float,
    reader: TraceReader,
    output: Path,
) -> Ending:
    """The end of a process; *over* is when it ended or was interrupted, by the reader's clock."""
    first = reader.frames[0].at if reader.frames else 0.0
    last = reader.frames[-1].at if reader.frames else None
    lines = output.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return Ending(
        itself=itself,
        lived=over - first,
        quiet=None if last is None else max(0.0, over - last),
        status=status if itself or sys.platform != "win32" else None,
        killed=killed,
        words=tuple(lines[-TAIL:]),
    )
