"""Rules as plain libcst codemod commands, one class per rule, called like its code.

::

    python -m libcst.tool codemod --no-format -x codemods.libcst_commands.UWS101 src

A rule that needs facts of more than one file refuses and names ``upbit-migrate``, which has them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from codemods.registry import all_rules, find_rule

if TYPE_CHECKING:
    from libcst.codemod import CodemodCommand

__all__: list[str] = []


def __getattr__(name: str) -> type[CodemodCommand]:
    """The command of the rule with this code (PEP 562)."""
    if any(rule.code == name for rule in all_rules()):
        return _command(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [rule.code for rule in all_rules()]


@cache
def _command(code: str) -> type[CodemodCommand]:
    """The class; always the same one, so that libcst can hand it to its worker processes."""
    from codemods.libcst_commands.commands import FileCommand, ProjectCommand

    rule = find_rule(code)
    base = ProjectCommand if rule.project_wide else FileCommand
    description = f"{rule.code}: {rule.title}. {rule.rationale}"
    return type(code, (base,), {"RULE": rule, "DESCRIPTION": description, "__module__": __name__})
