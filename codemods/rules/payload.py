"""UWS160: reads of the old envelope become reads of the flat frame."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from codemods.edits import Edit, Span
from codemods.flow.boundary import ANYWHERE
from codemods.flow.values import Class, Client, Container, Instance, Payload, Plain, Value
from codemods.frames import ENVELOPE_ONLY
from codemods.project import Project
from codemods.receivers import stored_at
from codemods.rule import Example, Rule
from codemods.site import Refuse, Rewrite, Verdict
from codemods.source import SourceFile

__all__ = [
    "PRIVATE_MARKET",
    "PRIVATE_TYPES",
    "RULE",
    "WHOLE",
    "EnvelopeRead",
    "PayloadUse",
    "atom",
    "find_reads",
    "is_something_else",
    "note_about",
    "rewrite",
]

RULE = Rule(
    code="UWS160",
    title="Read the frame directly instead of through the envelope",
    anchor="payload",
    rationale=(
        "v5 wrapped each frame: data['data']['trade_price']. In v6 data is the frame. Only "
        "values that provably come from a "
        "subscription of a legacy client are rewritten, through however many functions and "
        "variables they pass. Where a payload is handed to code the project does not contain, a read "
        "of that shape on a value such code may hand back keeps the client on compat_v5, whose payload "
        "answers both."
    ),
    examples=(
        Example("price = data['data']['trade_price']\n", "price = data['trade_price']\n"),
        Example("market = data.get('market')\n", "market = data.get('code')\n"),
        Example("if 'data' in message:\n    ...\n", "if 'type' in message:\n    ...\n"),
    ),
)

WHOLE = frozenset({"data", "raw_data"})
"""Keys under which the envelope had the frame itself."""
PRIVATE_MARKET = "'market' of a private payload was always \"PRIVATE\"; the frame has 'code'"
PRIVATE_TYPES = frozenset({"myOrder", "myAsset"})
_OTHER_VALUES = ENVELOPE_ONLY | {"timestamp"}
"""Keys of the envelope under which the frame has nothing, or something else."""
Way = Literal["item", "get", "pop", "setdefault", "store", "member", "pattern", "unpacked"]
_READERS: Mapping[str, Way] = {
    "get": "get",
    "pop": "pop",
    "setdefault": "setdefault",
    "__getitem__": "item",
    "__contains__": "member",
}


@dataclass(eq=False)
class EnvelopeRead:
    """A look at a dictionary that may be an envelope: by key, by membership, by pattern, or as a whole.

    Args:
        node: the whole expression.
        receiver: the dictionary.
        way: how it is looked at.
        keys: the constant keys; ``None`` among them for one that is computed.
        key: the expression of the only key, where there is one.
    """

    node: ast.expr
    receiver: ast.expr
    way: Way
    keys: tuple[object, ...]
    key: ast.expr | None = None


def find_reads(node: ast.AST) -> list[EnvelopeRead]:
    """What *node* itself looks up, whatever the receiver is."""
    if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Slice):
        way: Way = "item" if isinstance(node.ctx, ast.Load) else "store"
        return [EnvelopeRead(node, node.value, way, (_key(node.slice),), node.slice)]
    if isinstance(node, ast.Call):
        found = [
            EnvelopeRead(keyword.value, keyword.value, "unpacked", ())
            for keyword in node.keywords
            if keyword.arg is None and not _is_dict(node.func)
        ]
        if isinstance(node.func, ast.Attribute) and node.func.attr in _READERS and node.args:
            reader = _READERS[node.func.attr]
            key = node.args[0]
            found.append(EnvelopeRead(node, node.func.value, reader, (_key(key),), key))
        return found
    if (
        isinstance(node, ast.Compare)
        and len(node.ops) == 1
        and isinstance(node.ops[0], ast.In | ast.NotIn)
    ):
        tested = EnvelopeRead(node, node.comparators[0], "member", (_key(node.left),), node.left)
        return [tested]
    if isinstance(node, ast.Match):
        found = []
        for case in node.cases:
            for pattern in _mappings(case.pattern):
                keys = tuple(_key(one) for one in pattern.keys)
                first = pattern.keys[0] if pattern.keys else node.subject
                found.append(EnvelopeRead(first, node.subject, "pattern", keys))
        return found
    return []


def _mappings(pattern: ast.pattern) -> list[ast.MatchMapping]:
    """Mapping patterns over the subject itself, not over parts of it."""
    if isinstance(pattern, ast.MatchMapping):
        return [pattern]
    if isinstance(pattern, ast.MatchOr):
        return [one for inner in pattern.patterns for one in _mappings(inner)]
    if isinstance(pattern, ast.MatchAs) and pattern.pattern is not None:
        return _mappings(pattern.pattern)
    return []


def _is_dict(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "dict"


def _key(node: ast.expr) -> object:
    return node.value if isinstance(node, ast.Constant) else None


@dataclass(eq=False)
class PayloadUse:
    """A read whose receiver is (or may be) a legacy payload."""

    project: Project
    source: SourceFile
    read: EnvelopeRead
    payloads: frozenset[Payload]
    others: tuple[Value, ...]
    """What else the value may be."""
    is_merged: bool = False
    """Whether the receiver is another mapping, which has taken the entries of the payloads in."""

    @property
    def clients(self) -> frozenset[Client]:
        return frozenset(payload.client for payload in self.payloads)

    @classmethod
    def of(cls, project: Project, source: SourceFile, read: EnvelopeRead) -> PayloadUse | None:
        """The use *read* is; ``None`` when no envelope reaches it."""
        values = project.values(read.receiver)
        payloads = frozenset(
            value for value in values if isinstance(value, Payload) and value.layer == "envelope"
        )
        if not payloads:
            merged = cls._merged(project, values)
            return cls(project, source, read, merged, (), is_merged=True) if merged else None
        spare = _spare(source, read.receiver)
        others = tuple(value for value in values - spare if is_something_else(value))
        return cls(project, source, read, payloads, others)

    @staticmethod
    def _merged(project: Project, values: frozenset[Value]) -> frozenset[Payload]:
        cells = project.flow.cells
        mappings = {value.of if isinstance(value, Instance) else value for value in values}
        found: set[Value] = set()
        for mapping in mappings:
            known = project.flow.hierarchy.family(mapping) if isinstance(mapping, Class) else ()
            for one in known or (mapping,):
                found |= cells.read(("merged", one))
        return frozenset(
            value for value in found if isinstance(value, Payload) and value.layer == "envelope"
        )

    def other_places(self) -> list[str]:
        """``path:line`` of where the dictionary was given something else, as far as that is known."""
        other, own = (
            {stored_at(self.project, self.source, self.read.receiver, value) for value in values}
            for values in (self.others, self.payloads)
        )
        found = other - own  # a callback's own subscription explains nothing
        return [f"{path}:{line}" for path, line in sorted(place for place in found if place)]


def _spare(source: SourceFile, receiver: ast.expr) -> set[Value]:
    """The empty dictionaries of ``(data or {})``: with nothing in them they are read like a frame."""
    if not isinstance(receiver, ast.BoolOp) or not isinstance(receiver.op, ast.Or):
        return set()
    return {
        Container(source.path, operand.lineno, operand.col_offset)
        for operand in receiver.values[1:]
        if isinstance(operand, ast.Dict) and not operand.keys
    }


def is_something_else(value: Value) -> bool:
    """Whether a value is a dictionary, or anything, that is certainly or probably no payload of v5."""
    if isinstance(value, Plain):
        foreign = value.word == "foreign" and value.root != ANYWHERE
        return foreign or value.word in ("unknown", "decoded")
    return not isinstance(value, Payload)


def rewrite(use: PayloadUse) -> Verdict | None:
    """Flatten the read; ``None`` when it means the same in the frame."""
    read, source = use.read, use.source
    name = source.segment(read.receiver)
    if use.is_merged:
        if read.way in ("store", "unpacked") or not ENVELOPE_ONLY & set(read.keys):
            return None
        return Refuse(RULE.code, f"{name} has taken in the entries of an envelope of v5")
    if read.way == "unpacked":
        return Refuse(RULE.code, f"**{name} hands over the keys of the frame, not of the envelope")
    if read.way == "pattern":
        if not ENVELOPE_ONLY & set(read.keys):
            return None
        return Refuse(RULE.code, f"the pattern takes {name} apart as the envelope of v5")
    key = _constant_key(use)
    if key is None:
        if _keys_of_a_loop(use):
            return None
        return Refuse(RULE.code, f"which key of {name} is read here is computed")
    if read.way in ("store", "setdefault"):
        if key not in ENVELOPE_ONLY:
            return None
        return Refuse(RULE.code, f"{key!r} is written into {name}, which is the frame itself in v6")
    if key not in ENVELOPE_ONLY:
        return None
    if use.others:
        brief = f"{name} is not always a payload of v5"
        places = use.other_places()[:3]
        reason = f"{brief}: it is given something else at {', '.join(places)}"
        return Refuse(RULE.code, reason if places else brief, brief)
    if read.way == "member":
        return _replace_key(use, "'data' was in every envelope; 'type' is in every frame", "type")
    if key in WHOLE:
        edit = Edit(*source.span(read.node), atom(source, read.receiver))
        return Rewrite(RULE.code, f"[{key!r}] goes: data is the frame itself", [edit])
    if any(payload.data_type in PRIVATE_TYPES for payload in use.payloads):
        return Refuse(RULE.code, PRIVATE_MARKET)
    return _replace_key(use, "'market' is 'code' in the frame", "code")


def atom(source: SourceFile, node: ast.expr) -> tuple[str | Span, ...]:
    """The text of an expression, fit to be subscripted: ``(data or {})`` keeps its parentheses."""
    span = Span(*source.span(node))
    plain = isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.Call)
    return (span,) if plain else ("(", span, ")")


def _replace_key(use: PayloadUse, message: str, new: str) -> Verdict:
    node = use.read.key
    if not isinstance(node, ast.Constant):
        name = use.source.segment(use.read.receiver)
        return Refuse(RULE.code, f"the key of {name} that is {new!r} in v6 has a name of its own")
    quoted = use.source.segment(node)
    text = quoted.replace(str(node.value), new)
    return Rewrite(RULE.code, message, [Edit(*use.source.span(node), (text,))])


def _constant_key(use: PayloadUse) -> object:
    """The key as a constant, also through a name of the module; ``None`` when it is computed."""
    node = use.read.key
    if isinstance(node, ast.Constant) or node is None:
        return use.read.keys[0]
    module = use.project.flow.modules[use.source.path]
    for outer in [*use.source.ancestors(node), use.source.tree]:
        scope = module.scopes.get(id(outer))
        if scope is not None:
            found = use.project.flow.constants.key(node, scope)
            return None if "." in str(found) else found
    return None


def _keys_of_a_loop(use: PayloadUse) -> bool:
    """Whether the key runs through constants that mean the same in the frame."""
    node = use.read.key
    if not isinstance(node, ast.Name):
        return False
    for outer in use.source.ancestors(node):
        loops: list[ast.For | ast.AsyncFor | ast.comprehension] = []
        if isinstance(outer, ast.For | ast.AsyncFor):
            loops = [outer]
        elif isinstance(outer, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            loops = list(outer.generators)
        for loop in loops:
            if isinstance(loop.target, ast.Name) and loop.target.id == node.id:
                keys = getattr(_literal(use, loop.iter), "elts", [None])
                return all(
                    isinstance(k, ast.Constant) and k.value not in _OTHER_VALUES for k in keys
                )
    return False


def _literal(use: PayloadUse, node: ast.expr) -> ast.expr:
    """The right-hand side of a name that the module binds once; any other expression itself."""
    if not isinstance(node, ast.Name):
        return node
    bound = [
        statement.value
        for statement in use.source.tree.body
        if isinstance(statement, ast.Assign)
        and any(
            isinstance(target, ast.Name) and target.id == node.id for target in statement.targets
        )
    ]
    return bound[0] if len(bound) == 1 else node


def note_about(use: PayloadUse) -> str | None:
    """What a person should know about a read that stays as it is."""
    if use.is_merged or use.read.way not in ("item", "get") or _constant_key(use) != "stream_type":
        return None
    outer = use.source.parent(use.read.node)
    tests = isinstance(outer, ast.If | ast.IfExp | ast.While) and outer.test is use.read.node
    if tests or isinstance(outer, ast.Compare | ast.UnaryOp | ast.BoolOp):
        return "the envelope's stream_type was always None; the frame's is SNAPSHOT or REALTIME"
    return None
