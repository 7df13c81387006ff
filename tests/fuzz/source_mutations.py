"""Python that nobody wrote: fixtures cut apart and put together again.

Most mutations keep the source valid: they move expressions and statements of the syntax tree and not
bytes, so that the analysis behind the parser is what gets tested.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Sequence
from random import Random
from typing import Final

from tests.fuzz.engine_properties import SECOND_FILE

__all__ = ["SourceMutator"]

_AROUND: Final = (
    "({})",
    "await {}",
    "[{}]",
    "{} or None",
    "x if {} else y",
    "(lambda: {})",
    "(lambda *a, **k: {})()",
    "dict(a={})",
    "f(*{})",
    "f(**{})",
    "{}.connect",
    "{}['data']",
    "(y := {})",
    "f'{{{}}}'",
    "[{} for _ in z]",
    "{{{}: {}}}",
    "not {}",
    "{}()",
    "getattr({}, 'disconnect')",
    "asyncio.create_task({})",
    "asyncio.gather({}, {})",
    "asyncio.wait_for({}, 5)",
    "functools.partial({}, 1)",
    "str({})",
    "(\n  {}  # why\n)",
    "{},",
    "(yield {})",
)
_BLOCKS: Final = (
    "if x:",
    "while x:",
    "for _ in x:",
    "async def wrapped(self=None, *args, **kwargs):",
    "def wrapped(client):",
    "class Wrapped:",
    "with x as client:",
    "async with x as client:",
    "try:",
    "match x:\n case _:",
    "if TYPE_CHECKING:",
)
_TAILS: Final = ("except Exception as error:\n pass", "finally:\n pass", "except* E:\n pass")
_LINES: Final = (
    "del client",
    "global client",
    "nonlocal client",
    "client = other = None",
    "client, other = other, client",
    "client: Feed = None",
    "return client",
    "yield client",
    "from app.module import *",
    "from .second import client, main, on_tick",
    "from . import second as v5",
    "import asyncio, functools",
    "__all__ = ['client', 'main']",
    "x = client; y = client",
    "assert isinstance(client, object), client",
    "print(client, f'{client!r}')",
    "match client:\n case object(): pass",
    "type Feed = object",
    "# uws: keep[UWS120] wanted",
    "# TODO(upbit-migrate UWS134): old",
    "'''websocket_v5'''",
    "client.connect = None",
    "client.x += 1",
    "setattr(client, 'x', 1)",
    "vars(client)['x']",
    "clients = [client for client in clients]",
    "clients['a'] = client",
    "clients.append(client)",
    "raise ValueError from None",
    "@property",
    "@staticmethod",
    "@pytest.fixture",
)
_WORD: Final = re.compile(rb"[A-Za-z_]\w*")
_COOKIES: Final = ("utf-8", "euc-kr", "latin-1", "utf-16", "no-such", "utf-8-sig")


class SourceMutator:
    """Mutates one source, borrowing from others.

    Args:
        fixtures: valid sources to borrow lines, words and expressions from.
    """

    def __init__(self, fixtures: Sequence[bytes]) -> None:
        self._fixtures = [source for source in fixtures if source]
        self._words = sorted({w for source in self._fixtures for w in _WORD.findall(source)})
        texts = [source.decode("utf-8", "replace") for source in self._fixtures]
        self._expressions = sorted({each for text in texts for each in _expressions(text)})

    def mutate(self, data: bytes, random: Random) -> bytes:
        """*data* changed in one to four ways."""
        for _ in range(random.choice((1, 1, 2, 4))):
            data = self._change(data, random)
        return data

    def _change(self, data: bytes, random: Random) -> bytes:
        kind = random.random()
        if kind < 0.03:
            return random.choice(self._fixtures)
        if kind < 0.08:
            return self._bytes(data, random)
        if kind < 0.12:
            return data.partition(SECOND_FILE)[0] + SECOND_FILE + random.choice(self._fixtures)
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return random.choice(self._fixtures)
        changes: tuple[Callable[[str, Random], str], ...] = (
            self._replace_expression,
            self._replace_expression,
            self._wrap_expression,
            self._wrap_block,
            self._insert_line,
            self._move_lines,
            self._replace_word,
        )
        return random.choice(changes)(text, random).encode(errors="replace")

    def _bytes(self, data: bytes, random: Random) -> bytes:
        at = random.randrange(len(data) + 1)
        return random.choice(
            (
                data[:at] + random.randbytes(random.randrange(4)) + data[at + 1 :],
                data[:at],
                data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
                data.replace(b"\n", b"\r"),
                b"\xef\xbb\xbf" + data,
                f"# coding: {random.choice(_COOKIES)}\n".encode() + data,
                data.replace(b"    ", b"\t"),
                data.replace(b"\n", b"\f\n", 1),
                data.rstrip(b"\n"),
                data.replace(b" = ", b" = \\\n  ", 1),
                data.replace(b"\n", " # 가격\n".encode(), 2),
            )
        )

    def _replace_expression(self, text: str, random: Random) -> str:
        return _edit(text, random, lambda _: f"({random.choice(self._expressions)})")

    def _wrap_expression(self, text: str, random: Random) -> str:
        return _edit(text, random, lambda old: random.choice(_AROUND).replace("{}", old))

    def _replace_word(self, text: str, random: Random) -> str:
        words = list(_WORD.finditer(text.encode()))
        if not words:
            return text
        word = random.choice(words)
        new = random.choice(self._words) if random.random() < 0.5 else random.choice(words).group()
        source = text.encode()
        if random.random() < 0.3:  # everywhere
            return re.sub(rb"\b%s\b" % re.escape(word.group()), new, source).decode()
        return (source[: word.start()] + new + source[word.end() :]).decode()

    def _insert_line(self, text: str, random: Random) -> str:
        lines = text.split("\n")
        at = random.randrange(len(lines))
        if random.random() < 0.5:
            new = random.choice(_LINES)
        else:
            other = random.choice(self._fixtures).decode("utf-8", "replace").split("\n")
            new = random.choice(other).strip()
        indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
        lines[at:at] = [indent + line for line in new.split("\n")]
        return "\n".join(lines)

    def _move_lines(self, text: str, random: Random) -> str:
        lines = text.split("\n")
        at = random.randrange(len(lines))
        block = lines[at : at + random.choice((1, 1, 2, 5))]
        kind = random.randrange(3)
        if kind != 0:
            del lines[at : at + len(block)]
        if kind != 1:
            to = random.randrange(len(lines) + 1)
            lines[to:to] = block
        return "\n".join(lines)

    def _wrap_block(self, text: str, random: Random) -> str:
        """Put one statement, with everything below it, into a block."""
        statements = [n for n in _nodes(text) if isinstance(n, ast.stmt)]
        if not statements:
            return text
        statement = random.choice(statements)
        lines = text.split("\n")
        first, last = statement.lineno - 1, statement.end_lineno or statement.lineno
        indent = " " * statement.col_offset
        head = random.choice(_BLOCKS)
        block = [indent + line for line in head.split("\n")]
        block += ["  " + line for line in lines[first:last]]
        if head == "try:":
            block += [indent + line for line in random.choice(_TAILS).split("\n")]
        lines[first:last] = block
        return "\n".join(lines)


def _edit(text: str, random: Random, change: Callable[[str], str]) -> str:
    """*text* with one expression replaced."""
    found = [n for n in _nodes(text) if isinstance(n, ast.expr)]
    if not found:
        return text
    node = random.choice(found)
    old = ast.get_source_segment(text, node)
    if old is None or node.end_lineno is None or node.end_col_offset is None:
        return text
    lines = text.encode().split(b"\n")
    if not node.end_lineno <= len(lines):
        return text
    head = b"\n".join([*lines[: node.lineno - 1], lines[node.lineno - 1][: node.col_offset]])
    tail = [lines[node.end_lineno - 1][node.end_col_offset :], *lines[node.end_lineno :]]
    return (head + change(old).encode() + b"\n".join(tail)).decode("utf-8", "replace")


def _expressions(text: str) -> list[str]:
    segments = (ast.get_source_segment(text, n) for n in _nodes(text) if isinstance(n, ast.expr))
    return [segment for segment in segments if segment and len(segment) < 80]


def _nodes(text: str) -> list[ast.AST]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
