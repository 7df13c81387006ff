"""Run a notebook in IPython, each cell twice, and then once more from top to bottom.

As in Jupyter there is one event loop, and it goes on between cells. Prints one JSON object: the number of the
process's subscriptions at the end of each pass.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell


async def main(notebook: Path) -> None:
    shell = InteractiveShell.instance(history_enabled=False)
    code = [
        "".join(cell["source"])
        for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "code"
    ]
    held = [await run(shell, code, times) for times in (2, 1)]
    print(json.dumps({"held": held, "cells": len(code)}))


async def run(shell: InteractiveShell, code: list[str], times: int) -> int:
    """Run all cells; return how many subscriptions there were before the last one."""
    held = 0
    for source in code:
        if source is code[-1]:
            held = (await shell.user_ns["ws"].get_system_status())["subscriptions"]
        for _ in range(times):
            cell = shell.transform_cell(source)
            result = await shell.run_cell_async(source, store_history=True, transformed_cell=cell)
            result.raise_error()
    return held


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    asyncio.run(main(Path(sys.argv[1])))
