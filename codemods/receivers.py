"""Who is a legacy client: the model, and the answer for one expression with its reasons.

The analysis (:mod:`codemods.flow`) computes for every expression the set of values it may hold. It reads
all relevant files at once and knows:

- assignment to names, attributes, subscripts; tuple unpacking, ``for``, ``with``, walrus, conditional
  and boolean expressions, augmented assignment, ``global`` and ``nonlocal``;
- attributes of ``self`` and of any value whose class is known, set in the class, a base class or a
  subclass, declared by an annotation, by a dataclass field or by ``setattr`` with a literal name;
- annotations of parameters, variables and results: names, strings, ``Optional``, unions, ``Annotated``,
  containers, ``cast``;
- parameters from every call in the project, defaults, ``*args``, ``**kwargs``, ``functools.partial``;
- results of functions, methods, properties, factories, generators, context managers, callable objects,
  descriptors, class methods of subclasses behind ``cls`` and ``type(self)``;
- client classes that are attributes, elements, factories of fields, or bound to arguments by ``partial``;
- lists, tuples, sets, dictionaries by constant key, queues, comprehensions, ``zip``, ``enumerate``,
  ``items``, ``gather``;
- signals of Qt, threads, executors and event loops that call a function with given arguments, exit stacks,
  decorators (of functions and of classes) and event buses of the project, ``singledispatch``, iterators and
  named tuples;
- pytest fixtures by name (the file itself, then the nearest conftest), ``@patch`` arguments, mocks;
- imports of every form, re-exports under other names, star imports, ``import_module`` with a literal.

It does not know the order of statements (a name holds everything it ever holds), tells no two instances
of a class apart, and does not follow ``exec``, computed attribute names or values that pass through code
outside of the project. A client that goes there stays as it is; for payloads, see
:mod:`codemods.escaped_payloads`.

*certain*: every value the receiver may hold is a legacy client or None. *likely*: the owner of the
attribute is unknown, but an attribute of that name on an owner of that name was given a client.
*unknown*: something else may be there too, or nothing is known. Unknown is never rewritten.
"""

from __future__ import annotations

import ast
import enum
from dataclasses import dataclass

from codemods.flow.values import Class, Client, Instance, Plain, Value
from codemods.project import Project
from codemods.source import SourceFile

__all__ = ["Certainty", "Receiver", "identify"]


class Certainty(enum.StrEnum):
    """How sure an answer is."""

    CERTAIN = "certain"
    LIKELY = "likely"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Receiver:
    """What an expression is.

    Args:
        clients: the legacy clients it may be.
        certainty: see the module.
        reasons: the chain of facts, first fact first.
    """

    clients: frozenset[Client]
    certainty: Certainty
    reasons: tuple[str, ...]


_HOW = {
    "constructed": "constructed",
    "factory": "made by a factory",
    "annotation": "declared by an annotation",
    "mock": "made as a mock",
}


def identify(project: Project, source: SourceFile, node: ast.expr) -> Receiver:
    """The answer for one expression, after the analysis has run."""
    values = project.values(node)
    clients = frozenset(value for value in values if isinstance(value, Client))
    others = [value for value in values if not isinstance(value, Client)]
    harmless = all(isinstance(value, Plain) and value.word != "unknown" for value in others)
    if not clients or not harmless:
        certainty = Certainty.UNKNOWN
    elif id(node) in project.flow.likely:
        certainty = Certainty.LIKELY
    else:
        certainty = Certainty.CERTAIN
    reasons: list[str] = []
    for client in sorted(clients, key=repr)[:3]:
        if not client.path:
            continue
        how = _HOW.get(client.origin, "made")
        reasons.append(f"the {client.kind} client is {how} at {client.path}:{client.line}")
        place = stored_at(project, source, node, client)
        if place is not None:
            reasons.append(f"{source.segment(node)} holds it since {place[0]}:{place[1]}")
    if certainty is Certainty.LIKELY:
        reasons.append(f"likely: the owner of {source.segment(node)} is known by name only")
    return Receiver(clients, certainty, tuple(reasons))


def stored_at(
    project: Project, source: SourceFile, receiver: ast.expr, held: Value
) -> tuple[str, int] | None:
    """``(path, line)`` where the name or attribute *receiver* was given a value; ``None`` if unknown."""
    flow = project.flow
    if isinstance(receiver, ast.Attribute):
        for owner in project.values(receiver.value):
            of = owner.of if isinstance(owner, Instance) else owner
            if isinstance(of, Class):
                for known in flow.hierarchy.family(of):
                    place = flow.cells.first_seen.get((("attr", known, receiver.attr), held))
                    if place is not None:
                        return place
    if isinstance(receiver, ast.Name):
        for outer in [*source.ancestors(receiver), source.tree]:
            scope = flow.modules[source.path].scopes.get(id(outer))
            if scope is not None:
                place = flow.cells.first_seen.get((("var", scope.key, receiver.id), held))
                if place is not None:
                    return place
    return None
