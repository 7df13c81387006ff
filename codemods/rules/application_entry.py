"""UWS180: start and stop the manager where the application starts and ends. On request."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemods.edits import Edit, Span
from codemods.flow.values import Function
from codemods.project import Project
from codemods.rule import Example, Rule
from codemods.site import dotted
from codemods.source import SourceFile

__all__ = ["RULE", "EntryPoint", "entry_edits", "find_entries"]

RULE = Rule(
    code="UWS180",
    title="Initialize the manager at the application's start and shut it down at its end",
    anchor="application",
    rationale=(
        "v6 works without it: the manager starts with the first subscription. An explicit "
        "start fails early on bad keys, "
        "and an explicit end drains and closes. The coroutine given to asyncio.run is wrapped; "
        "its own code is not touched."
    ),
    examples=(
        Example(
            'if __name__ == "__main__":\n    asyncio.run(main())\n',
            "async def with_manager(application):\n    ...\n\n\n"
            'if __name__ == "__main__":\n    asyncio.run(with_manager(main()))\n',
        ),
    ),
    opt_in="entry",
)

WRAPPER = "with_manager"
_TEXT = '''\
async def {wrapper}(application):
    """Run the application between the manager's start and its shutdown."""
    manager = await GlobalWebSocketManager.get_instance()
    await manager.initialize({keys})
    try:
        return await application
    finally:
        await manager.shutdown()


'''


@dataclass(frozen=True, eq=False)
class EntryPoint:
    """A call that runs the application's main coroutine, at module level."""

    source: SourceFile
    call: ast.Call
    coroutine: ast.expr
    statement: ast.stmt


def find_entries(project: Project) -> list[EntryPoint]:
    """``asyncio.run(main())`` and ``loop.run_until_complete(main())`` outside of functions."""
    found = []
    for source in project.sources.values():
        for node in source.nodes:
            if not (
                isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Call)
            ):
                continue
            if dotted(node.func).rsplit(".", 1)[-1] not in ("run", "run_until_complete"):
                continue
            coroutine = node.args[0]
            functions = [
                project.flow.functions[value]
                for value in project.values(coroutine.func)
                if isinstance(value, Function)
            ]
            if not functions or not all(
                isinstance(info.node, ast.AsyncFunctionDef) for info in functions
            ):
                continue
            around = source.ancestors(node)
            if any(
                isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
                for outer in around
            ):
                continue
            top = next(outer for outer in [node, *around] if source.parent(outer) is source.tree)
            if isinstance(top, ast.stmt):
                found.append(EntryPoint(source, node, coroutine, top))
    return found


def entry_edits(entry: EntryPoint, target: str, keys: tuple[str, str] | None) -> list[Edit]:
    """Edits for one entry point; none where it was rewritten before."""
    source = entry.source
    if f"async def {WRAPPER}(" in source.text:
        return []
    start = source.line_starts[source.line_of(source.start(entry.statement)) - 1]
    text = _TEXT.format(wrapper=WRAPPER, keys=", ".join(keys) if keys else "")
    lines = f"from {target} import GlobalWebSocketManager\n"
    if keys and "import os" not in source.text:
        lines = f"import os\n{lines}"
    before = (lines + "\n\n" + text).replace("\n", source.newline)
    span = source.span(entry.coroutine)
    return [
        Edit(start, start, (before,)),
        Edit(*span, (f"{WRAPPER}(", Span(*span), ")")),
    ]
