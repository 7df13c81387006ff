"""Mocks: ``Mock(spec=Client)``, ``patch("app.Client")`` and whatever else stands for a client in a test."""

from __future__ import annotations

import ast
from typing import Literal

from codemods.flow.arguments import Arguments
from codemods.flow.externals import MOCK_CLASSES
from codemods.flow.scopes import Scope
from codemods.flow.values import Client, LegacyName
from codemods.legacy import kind_of_client, name_kind

__all__ = ["is_mock", "mocked_client"]


def is_mock(name: str, node: ast.Call) -> bool:
    """Whether a call makes a mock. *name* is the dotted name of what is called, empty when unknown."""
    short = name.rsplit(".", 1)[-1]
    patches = isinstance(node.func, ast.Attribute) and node.func.attr == "patch" and not name
    return short in MOCK_CLASSES or short == "patch" or patches or name.endswith("patch.object")


def mocked_client(node: ast.Call, arguments: Arguments, scope: Scope) -> Client:
    """What a mock stands for, as its first argument that names a client class says."""
    for argument, values in arguments.everything():
        for value in values:
            if isinstance(value, LegacyName) and name_kind(value.name) == "class":
                return _mock(node, kind_of_client(value.name), scope)
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            name = argument.value.rsplit(".", 1)[-1]
            if name_kind(name) == "class":
                return _mock(node, kind_of_client(name), scope)
    return _mock(node, "any", scope)


def _mock(node: ast.Call, kind: Literal["public", "private", "any"], scope: Scope) -> Client:
    return Client(scope.path, node.lineno, node.col_offset, kind, "mock")
