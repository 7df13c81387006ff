"""One measurement in a fresh process; prints one JSON object.

`python -m benchmarks.worker CLIENT MEASUREMENT --url URL ...`
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import inspect
import json
import sys
from collections.abc import Callable


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("client", help="module under benchmarks.clients")
    parser.add_argument("measurement", help="coroutine function in it")
    parser.add_argument("--url", required=True)
    parser.add_argument("--kind", default="ticker")
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--option", action="append", default=[], help="NAME=JSON, passed on")
    parser.add_argument("--uvloop", action="store_true", help="run on uvloop (extra `fast`)")
    given = parser.parse_args()
    module = importlib.import_module(f"benchmarks.clients.{given.client}")
    function = getattr(module, given.measurement)
    options = {name: json.loads(value) for name, _, value in
               (option.partition("=") for option in given.option)}  # fmt: skip
    result = function(given.url, given.kind, given.count, **options)
    if inspect.iscoroutine(result):
        with asyncio.Runner(loop_factory=loop_factory(given.uvloop)) as runner:
            result = runner.run(result)
    json.dump(result, sys.stdout)
    print()


def loop_factory(fast: bool) -> Callable[[], asyncio.AbstractEventLoop] | None:
    if not fast:
        return None
    import uvloop  # an extra

    return uvloop.new_event_loop  # type: ignore[no-any-return]


if __name__ == "__main__":
    main()
