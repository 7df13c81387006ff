"""Time as a user feels it: latency, first frame, the whole exchange, a restart of the server."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.process import Server, finish, server, start
from benchmarks.process import measure as run
from benchmarks.rows import Row, interleaved, ratio, smallest

from . import Effort

MARKETS = 855
MIX = "orderbook=1000,ticker=200,trade=200"
WHOLE = f"whole exchange, {MARKETS} markets"
WHOLE_SECONDS = 15.0
TOPICS = 50
MIB = 1024 * 1024


def measure(effort: Effort) -> list[Row]:
    return [
        *latency(effort),
        *first_frame(effort),
        restart(0.0, 0.5, effort),
        restart(5.0, 1.5, effort),
        *whole_exchange(effort),
    ]


def worker(
    client: str, measurement: str, count: int, *serve: str
) -> Callable[[], Mapping[str, Any]]:
    def once() -> Mapping[str, Any]:
        result, counts = run([client, measurement, "--count", str(count)], list(serve))
        return {**result, **counts}

    return once


def latency(effort: Effort) -> list[Row]:
    count = int(effort.seconds * 1000)
    results = interleaved(
        {who: worker(who, "latency", count, "--rate", "ticker=1000") for who in ("bare", "v6")},
        effort.runs,
    )
    value, spread = ratio(results, "v6", "bare", "p50_us")
    ours, theirs = (smallest(results, who, "p50_us") for who in ("v6", "bare"))
    tails = [smallest(results, who, "p99_us") for who in ("v6", "bare")]
    note = f"{ours:.0f} us, bare {theirs:.0f} us; p99 {tails[0]:.0f} and {tails[1]:.0f} us"
    return [Row("latency at 1,000/s", "p50, send to callback", value, "x bare", 1.15,
                spread=spread, note=note)]  # fmt: skip


def first_frame(effort: Effort) -> list[Row]:
    count = int(effort.seconds * 2)
    results = interleaved(
        {who: worker(who, "first_frame", count, "--quiet") for who in ("bare", "v6")}, 1
    )
    round_trip, ours = (smallest(results, who, "p50_ms") for who in ("bare", "v6"))
    requests = max(each["subscribe"] for each in results["v6"])
    return [
        Row("subscribe on a warm connection", "p50 to the first frame", ours, "ms", round(round_trip + 5, 2),
            note=f"round trip {round_trip:.2f} ms"),
        Row("subscribe on a warm connection", "requests each", requests / (count + 1), "", 1),
    ]  # fmt: skip


def restart(away: float, limit: float, effort: Effort) -> Row:
    """Kill the server, have it back after *away* s; from then to the last topic's first frame."""
    took, requests = [], []
    for _ in range(max(2, effort.runs // 2)):
        with server("--rate", "ticker=500") as before:
            waiting = start("v6", "restart", "--url", before.url, "--count", str(TOPICS))
            assert waiting.stdout is not None
            waiting.stdout.readline()
            before.kill()
            time.sleep(away)
            again = Server("--rate", "ticker=500", "--port", str(before.port))
            result = finish(waiting)
            took.append((result["last_topic_at"] - again.listening) / 1e9)
            requests.append(again.stop()["subscribe"])
    name = f"back after {away:g} s" if away else "back at once"
    return Row("restart of the server", f"{name}, to the last of {TOPICS} topics", max(took), "s",
               limit, spread=(min(took), max(took)),
               note=f"{max(requests)} request(s); worst of {len(took)}")  # fmt: skip


def exchange_for(seconds: float) -> list[str]:
    return ["v6", "exchange", "--count", str(MARKETS), "--option", f"seconds={seconds}"]


def whole_exchange(effort: Effort) -> list[Row]:
    result, counts = run(exchange_for(WHOLE_SECONDS), ["--rate", MIX])
    rates = ", ".join(f"{rate} {kind}" for kind, rate in result["per_second"].items())
    return [
        Row(WHOLE, "CPU", result["cpu_share"] * 100, "% of a core", 25, note=f"{rates} frames/s"),
        Row(WHOLE, "sockets", counts["sockets"], "", 1),
    ]


class Soak:
    """The whole exchange for a long time, while the other measurements run.

    They have its 10 % of a core beside them, run by run alike; it looks at nothing but memory.
    """

    def __init__(self, effort: Effort) -> None:
        self.seconds = effort.soak
        self.server = Server("--rate", MIX)
        self.worker = start(*exchange_for(effort.soak), "--url", self.server.url)

    def rows(self) -> list[Row]:
        """Waits for its end."""
        try:
            levels = finish(self.worker, self.seconds + 60)["resident"]
        finally:
            self.server.kill()
        settled = levels[2:]
        return [
            Row(WHOLE, f"growth of resident memory in {self.seconds:g} s",
                (settled[-1] - settled[0]) / settled[0] * 100, "%", 5,
                note=f"{settled[0] / MIB:.1f} -> {settled[-1] / MIB:.1f} MiB",
                details={"resident": levels}),
        ]  # fmt: skip
