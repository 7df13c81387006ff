"""Literal keys in source text: what they are, and whether a text shows one.

A value is taken for a key when it is a string literal that

- stands as the keys of a private client, of ``Credentials``, ``initialize`` or ``add_account``,
- or is bound to a name, attribute, parameter, keyword or dict entry that is called like one,
- or is bound to any name that is handed to one of those places, in the same file or another,
- or looks like an Upbit key: at least 30 letters and digits in one piece, with both kinds.

Too much is withheld rather than too little: a notice instead of a hunk costs a look at the file,
a printed key costs an account.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

__all__ = ["KeyFacts", "SecretText", "key_facts"]

_KEY_NAME = re.compile(
    r"(?i)(access|secret|api|private|upbit|auth|jwt)_?(key|token)|secret|passw(or)?d|credential"
    r"|(^|_)access$"
)
_KEY_TAKERS = {
    # Callable: which positional arguments are keys.
    "UpbitWebSocketPrivateV5": (0, 1),
    "UpbitWebSocketPrivateClient": (0, 1),
    "create_private_client": (0, 1),
    "quick_subscribe_my_orders": (0, 1),
    "quick_subscribe_my_assets": (0, 1),
    "UpbitAuthenticator": (0, 1),
    "Credentials": (0, 1),
    "UpbitCredentials": (0, 1),
    "UpbitV6Credentials": (0, 1),
    "initialize": (0, 1),
    "add_account": (1, 2),
}
_NAMES_KEYS = re.compile(
    rb"(?i)access|secret|passw|credential|(api|private|upbit|auth|jwt)_?(key|token)|"
    + b"|".join(name.encode() for name in _KEY_TAKERS)
)
_ENVIRONMENT_READERS = frozenset({"getenv", "get", "pop", "setdefault"})
_LOOKS_LIKE_KEY = re.compile(
    rb"(?<![A-Za-z0-9])(?=[A-Za-z0-9]*[0-9])(?=[A-Za-z0-9]*[A-Za-z])[A-Za-z0-9]{30,}(?![A-Za-z0-9])"
)
_ASSIGNED_TEXT = re.compile(
    rb"(?i)(?:access|secret)[_-]?key[\"']?\s*[:=]\s*[\"']?([^\s\"',#)}\]]{4,})"
)
_HEXADECIMAL = re.compile(rb"[0-9a-f]+|[0-9A-F]+")
_SHORT = 8
"""Values below this length count only where they stand in quotes: "test" is also a word."""


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What one file says about keys.

    Attributes:
        values: literal keys.
        names: names that are handed to places that take keys; a literal bound to one is a key.
        bound: for each other name, the string literals bound to it.
    """

    values: frozenset[str]
    names: frozenset[str]
    bound: tuple[tuple[str, str], ...]


def key_facts(source: bytes) -> KeyFacts:
    """Read *source* as Python; what does not parse is read line by line in `SecretText` only."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return KeyFacts(frozenset(), frozenset(), ())
    values: set[str] = set()
    names: set[str] = set()
    bound: list[tuple[str, str]] = []
    for name, expression in _bindings(tree):
        literals = list(_literals(expression))
        if _KEY_NAME.search(name):
            values.update(literals)
            names.update(_names(expression))
        else:
            bound += [(name, literal) for literal in literals]
    for expression in _key_arguments(tree):
        values.update(_literals(expression))
        names.update(_names(expression))
    return KeyFacts(frozenset(values), frozenset(names), tuple(bound))


class SecretText:
    """Knows all literal keys of a run and finds them in texts.

    Args:
        facts: of every file whose text may be shown, or that hands keys on.
    """

    def __init__(self, facts: Iterable[KeyFacts] = ()) -> None:
        facts = list(facts)
        names = {name for fact in facts for name in fact.names}
        values = {value for fact in facts for value in fact.values}
        values |= {value for fact in facts for name, value in fact.bound if name in names}
        self._whole = sorted(
            (v.encode("utf-8", "surrogatepass") for v in values if len(v) >= _SHORT), key=len
        )
        self._quoted = [
            quote + value.encode("utf-8", "surrogatepass") + quote
            for value in values
            if 0 < len(value) < _SHORT
            for quote in (b'"', b"'")
        ]

    @classmethod
    def of_sources(cls, sources: Sequence[bytes]) -> Self:
        """The keys in these files, each parsed only if it can matter.

        A file matters that names a key or a taker of keys, or that uses a name handed to one in another.
        """
        naming = {index for index, source in enumerate(sources) if _NAMES_KEYS.search(source)}
        facts = [key_facts(sources[index]) for index in naming]
        handed = [name.encode() for fact in facts for name in fact.names]
        facts += [
            key_facts(source)
            for index, source in enumerate(sources)
            if index not in naming and any(name in source for name in handed)
        ]
        return cls(facts)

    def is_shown_in(self, text: bytes) -> bool:
        """Whether *text* shows a literal key."""
        return any(True for _ in self._occurrences(text))

    def without_keys(self, text: str) -> str:
        """*text* with every literal key replaced by ``***``."""
        raw = text.encode("utf-8", "surrogatepass")
        for found in sorted(set(self._occurrences(raw)), key=len, reverse=True):
            raw = raw.replace(found, b"***")
        return raw.decode("utf-8", "surrogatepass")

    def _occurrences(self, text: bytes) -> Iterator[bytes]:
        for value in (*self._whole, *self._quoted):
            if value in text:
                yield value
        for match in _LOOKS_LIKE_KEY.finditer(text):
            if not _HEXADECIMAL.fullmatch(match[0]):  # digests and commits are no keys
                yield match[0]
        for match in _ASSIGNED_TEXT.finditer(text):
            if _is_plain_value(match[1]):
                yield match[1]


def _is_plain_value(value: bytes) -> bool:
    """Not an expression: ``access_key=self.key`` and ``access_key: str`` show no key."""
    return any(byte in b"0123456789-" for byte in value) and not re.search(rb"[.(\[{$<%]", value)


def _bindings(tree: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Every (name, expression) where the expression's value gets the name."""
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    yield from _paired(target, value)
            case (
                ast.AnnAssign(target=target, value=ast.expr() as value)
                | ast.NamedExpr(target=target, value=value)
            ):
                yield from _paired(target, value)
            case ast.keyword(arg=str(name), value=value):
                yield name, value
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        yield key.value, value
            case ast.arguments():
                yield from _defaults(node)
            case _:
                pass


def _paired(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    match target, value:
        case (
            (ast.Tuple(elts=names) | ast.List(elts=names)),
            (ast.Tuple(elts=values) | ast.List(elts=values)),
        ) if len(names) == len(values):
            for name, part in zip(names, values, strict=True):
                yield from _paired(name, part)
        case ((ast.Tuple(elts=names) | ast.List(elts=names)), _):
            for name in names:
                yield from _paired(name, value)
        case ast.Name(id=name) | ast.Attribute(attr=name), _:
            yield name, value
        case ast.Subscript(slice=ast.Constant(value=str(name))), _:
            yield name, value
        case _:
            pass


def _defaults(arguments: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    positional = [*arguments.posonlyargs, *arguments.args]
    for parameter, default in zip(reversed(positional), reversed(arguments.defaults), strict=False):
        yield parameter.arg, default
    for parameter, keyword_default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if keyword_default is not None:
            yield parameter.arg, keyword_default


def _key_arguments(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            taken = _KEY_TAKERS.get(_last_name(node.func), ())
            yield from (node.args[index] for index in taken if index < len(node.args))


def _literals(expression: ast.expr) -> Iterator[str]:
    """The string literals that may become the expression's value; not the names of variables
    read."""
    match expression:
        case ast.Constant(value=str(text)):
            if text:
                yield text
        case ast.Constant(value=bytes(raw)):
            if raw:
                yield raw.decode("utf-8", "replace")
        case ast.Call(func=function, args=arguments):
            if _last_name(function) in _ENVIRONMENT_READERS:
                arguments = arguments[1:]
            for argument in arguments:
                yield from _literals(argument)
            if isinstance(function, ast.Attribute):  # "key".strip()
                yield from _literals(function.value)
        case ast.Subscript(value=value):
            yield from _literals(value)
        case ast.Compare() | ast.Lambda():
            pass
        case _:
            for child in ast.iter_child_nodes(expression):
                if isinstance(child, ast.expr):
                    yield from _literals(child)


def _names(expression: ast.expr) -> Iterator[str]:
    for node in ast.walk(expression):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            yield str(node.slice.value)


def _last_name(expression: ast.expr) -> str:
    match expression:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
