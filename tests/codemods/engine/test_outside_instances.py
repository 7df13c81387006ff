"""Instances of classes outside of the project, and what calling one gives."""

from __future__ import annotations

import ast

from codemods.flow.analysis import analyse
from codemods.flow.values import External
from codemods.modules import ModuleGraph


def test_a_class_that_is_bound_to_its_own_instance_is_not_called_without_end() -> None:
    """Each instance was taken for a class again, whose instance the name may be as well."""
    tree = ast.parse("from settings import Settings\n\nSettings = Settings()\nprint(Settings)\n")
    flow = analyse({"app/module.py": tree}, ModuleGraph(["app/module.py"]))
    printed = next(
        node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.lineno == 4
        and node.id == "Settings"
    )  # fmt: skip
    names = {one.name for one in flow.values[id(printed)] if isinstance(one, External)}
    assert names == {"settings.Settings", "settings.Settings()"}
