"""UWS140: status dictionaries, where nobody reads keys that v6 does not have."""

from __future__ import annotations

import ast

from codemods.flow.externals import PASSING_FIRST
from codemods.rule import Example, Rule
from codemods.site import Refuse, Rewrite, Use, Verdict, dotted

__all__ = ["METHODS", "RULE", "rewrite"]

RULE = Rule(
    code="UWS140",
    title="Replace get_status() by get_system_status()",
    anchor="status",
    rationale=(
        "The dictionaries of v6 describe the manager and have other keys. A call whose result "
        "is shown or handed on as "
        "a whole is renamed; one whose legacy keys are read stays on compat_v5, which still "
        "has them."
    ),
    examples=(
        Example("print(await client.get_status())\n", "print(await ws.get_system_status())\n"),
    ),
)

_ELSEWHERE = "its keys, possibly elsewhere"
_NEW = {"get_status": "get_system_status", "health_check": "health_check"}


def rewrite(use: Use) -> Verdict:
    """Rename where no key is read."""
    new = _NEW[use.name]
    if use.call is None:
        if use.is_mock:
            return Rewrite(RULE.code, f"{use.name} becomes {new}", [use.rename(new)])
        return Refuse(
            RULE.code,
            f"{use.name} is handed on without being called; its dictionary has other keys in v6",
        )
    if use.call.args or use.call.keywords:
        return Refuse(RULE.code, f"{use.name}() is called with arguments")
    key = _key_read(use)
    if key is not None:
        return Refuse(
            RULE.code, f"{use.name}() is read for {key}; the dictionary of v6 has other keys"
        )
    return Rewrite(
        RULE.code, f"{use.name}() becomes {new}()", [use.rename(new)] if new != use.name else []
    )


def _key_read(use: Use) -> str | None:
    """What the code reads from the result; ``None`` when it only shows or ignores it."""
    result = _result_of(use)
    parent = use.source.parent(result)
    if isinstance(parent, ast.Expr | ast.FormattedValue):
        return None
    if isinstance(parent, ast.Call) and result in parent.args:
        name = (
            parent.func.attr
            if isinstance(parent.func, ast.Attribute)
            else getattr(parent.func, "id", "")
        )
        shows = {
            "print",
            "pprint",
            "debug",
            "info",
            "warning",
            "error",
            "str",
            "repr",
            "dumps",
        }
        return None if name in shows else f"whatever {name or 'the caller'}() reads"
    if (
        isinstance(parent, ast.Assign)
        and len(parent.targets) == 1
        and isinstance(parent.targets[0], ast.Name)
    ):
        return _key_of_variable(use, parent.targets[0].id)
    return _ELSEWHERE


def _result_of(use: Use) -> ast.expr:
    """The expression whose value the dictionary is: the call, or what runs or awaits it."""
    result = use.expression
    while isinstance(outer := use.source.parent(result), ast.Await | ast.Call):
        if isinstance(outer, ast.Call) and not _runs(outer, result):
            break
        result = outer
    return result


def _runs(call: ast.Call, coroutine: ast.expr) -> bool:
    """Whether a call gives what the coroutine gives."""
    name = dotted(call.func)
    is_known = name in PASSING_FIRST or name.rpartition(".")[2] == "run_until_complete"
    return is_known and call.args[:1] == [coroutine]


def _key_of_variable(use: Use, name: str) -> str | None:
    for outer in use.source.ancestors(use.statement):
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.Module):
            for node in ast.walk(outer):
                if isinstance(node, ast.Global | ast.Nonlocal) and name in node.names:
                    return _ELSEWHERE
                if (
                    isinstance(node, ast.Name)
                    and node.id == name
                    and isinstance(node.ctx, ast.Load)
                ):
                    reader = use.source.parent(node)
                    if isinstance(reader, ast.FormattedValue):
                        continue
                    if (
                        isinstance(reader, ast.Call)
                        and isinstance(reader.func, ast.Name)
                        and reader.func.id in ("print", "str", "repr")
                    ):
                        continue
                    return (
                        f"`{ast.unparse(reader)}`" if isinstance(reader, ast.expr) else _ELSEWHERE
                    )
            return None
    return None


METHODS = {"get_status": rewrite, "health_check": rewrite}
