"""UWS160: reads of the old envelope become reads of the flat frame."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemods.edits import Edit, Span
from codemods.flow.values import Client, Payload, Plain
from codemods.project import Project
from codemods.rule import Example, Rule
from codemods.site import Refuse, Rewrite, Verdict
from codemods.source import SourceFile

__all__ = ["RULE", "PayloadUse", "rewrite"]

RULE = Rule(
    code="UWS160",
    title="Read the frame directly instead of through the envelope",
    anchor="payload",
    rationale=(
        "v5 wrapped each frame: data['data']['trade_price']. In v6 data is the frame. Only "
        "values that provably come from a "
        "subscription of a legacy client are rewritten, through however many functions and "
        "variables they pass."
    ),
    examples=(
        Example("price = data['data']['trade_price']\n", "price = data['trade_price']\n"),
        Example("market = data.get('market')\n", "market = data.get('code')\n"),
    ),
)

_WHOLE = frozenset({"data", "raw_data"})
_PRIVATE_TYPES = frozenset({"myOrder", "myAsset"})


@dataclass(eq=False)
class PayloadUse:
    """A constant key read from a value that is (or may be) a legacy payload."""

    project: Project
    source: SourceFile
    node: ast.Subscript | ast.Call
    receiver: ast.expr
    key: ast.Constant
    payloads: frozenset[Payload]
    mixed: bool
    """Whether the value may also be something else."""

    @property
    def clients(self) -> frozenset[Client]:
        return frozenset(payload.client for payload in self.payloads)

    @classmethod
    def of(cls, project: Project, source: SourceFile, node: ast.AST) -> PayloadUse | None:
        """The use *node* is; ``None`` for anything that is no read of a key."""
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            receiver, key = node.value, node.slice
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "get"
            and node.args
        ):
            receiver, key = node.func.value, node.args[0]
        else:
            return None
        values = project.values(receiver)
        payloads = frozenset(
            value for value in values if isinstance(value, Payload) and value.layer == "envelope"
        )
        if not payloads or not isinstance(key, ast.Constant):
            return None
        mixed = any(not isinstance(value, Payload | Plain) for value in values)
        return cls(project, source, node, receiver, key, payloads, mixed)


def rewrite(use: PayloadUse) -> Verdict | None:
    """Flatten the read; ``None`` when the key means the same in the frame."""
    key = use.key.value
    if key not in _WHOLE and key != "market":
        return _same_key(use)
    if use.mixed:
        return Refuse(
            RULE.code, f"{use.source.segment(use.receiver)} is not always a payload of v5"
        )
    if key in _WHOLE:
        span = Span(*use.source.span(use.receiver))
        edit = Edit(*use.source.span(use.node), (span,))
        return Rewrite(RULE.code, f"[{key!r}] goes: data is the frame itself", [edit])
    if any(payload.data_type in _PRIVATE_TYPES for payload in use.payloads):
        return Refuse(
            RULE.code, "'market' of a private payload was always \"PRIVATE\"; the frame has 'code'"
        )
    quoted = use.source.segment(use.key)
    return Rewrite(
        RULE.code,
        "'market' is 'code' in the frame",
        [Edit(*use.source.span(use.key), (quoted.replace("market", "code"),))],
    )


def _same_key(use: PayloadUse) -> Verdict | None:
    if use.key.value != "timestamp":
        return None
    outer = use.source.parent(use.node)
    if isinstance(outer, ast.Attribute):
        return Refuse(
            RULE.code,
            "the envelope's timestamp was a datetime; the frame's is an integer of milliseconds",
        )
    return None
