"""A construction of a legacy client, and the text of the proxy that takes its place."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import takewhile

from codemods.edits import Edit, Span
from codemods.flow.values import Client
from codemods.project import Project
from codemods.site import Refuse, has_effects
from codemods.source import SourceFile
from codemods.statements import body_of, comments_inside

__all__ = [
    "Construction",
    "EndpointSetting",
    "endpoint_behind",
    "legacy_arguments",
    "proxy_arguments",
]

PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "public": ("config_path", "event_broker"),
    "private": ("access_key", "secret_key", "config_path", "event_broker"),
    "quick_subscribe_ticker": ("symbols", "callback", "use_dynamic_limiter"),
    "quick_subscribe_my_orders": (
        "access_key",
        "secret_key",
        "markets",
        "callback",
        "use_dynamic_limiter",
    ),
    "quick_subscribe_my_assets": ("access_key", "secret_key", "callback", "use_dynamic_limiter"),
}
"""Positional parameters that mean something; what follows them differs between generations and has no
effect in v6 (ticket and pool sizes, compression, limiter settings)."""

_WITHOUT_EFFECT = frozenset(
    {
        "max_tickets",
        "public_pool_size",
        "private_pool_size",
        "enable_compression",
        "format_preference",
        "cleanup_interval",
        "use_dynamic_limiter",
        "dynamic_config",
        "enable_dynamic_rate_limiter",
        "persistent_connection",
    }
)


@dataclass(frozen=True)
class EndpointSetting:
    """``client.config.connection.url = value`` directly behind ``client = ...``, also below ``if value:``."""

    statement: ast.stmt
    value: ast.expr
    is_conditional: bool


def endpoint_behind(source: SourceFile, call: ast.Call) -> EndpointSetting | None:
    """The setting that belongs to a construction; ``None`` without one that can move into the call."""
    made = source.parent(call)
    if not isinstance(made, ast.Assign) or len(made.targets) != 1:
        return None
    target = ast.unparse(made.targets[0])
    block = body_of(source, made)
    behind = block[block.index(made) + 1 :]
    imports = list(takewhile(lambda one: isinstance(one, ast.Import | ast.ImportFrom), behind))
    following = behind[len(imports) : len(imports) + 1]
    setting = following[0] if following else None
    condition: ast.expr | None = None
    if isinstance(setting, ast.If) and len(setting.body) == 1 and not setting.orelse:
        condition, setting = setting.test, setting.body[0]
    if not isinstance(setting, ast.Assign) or len(setting.targets) != 1:
        return None
    if ast.unparse(setting.targets[0]) != f"{target}.config.connection.url":
        return None
    value = setting.value
    mentioned = {ast.unparse(node) for node in ast.walk(value) if isinstance(node, ast.expr)}
    if target in mentioned or mentioned & _imported(imports):
        return None
    if condition is not None and ast.dump(condition) != ast.dump(value):
        return None
    return EndpointSetting(following[0], value, condition is not None)


def _imported(imports: Iterable[ast.stmt]) -> set[str]:
    """The names import statements bind."""
    aliases = [alias for one in imports for alias in getattr(one, "names", ())]
    return {alias.asname or alias.name.split(".")[0] for alias in aliases}


@dataclass(eq=False)
class Construction:
    """One call that makes a legacy client.

    *callable_name* is the legacy class or factory, *component* the name the proxy will get.
    """

    project: Project
    source: SourceFile
    call: ast.Call
    client: Client
    callable_name: str
    component: str = ""
    hoisted: bool = False
    """Whether the keys are given to ``initialize`` instead."""
    outlived: bool = False
    """Whether the function that holds the client only in local variables ends before the client does."""
    given: ast.expr | None = None
    """The class itself, where it is handed to what will call it, to a field as its factory; *call* is what
    it is handed to."""
    is_bound: bool = False
    """Whether *call* is ``partial(given, ...)``, with the arguments behind the class."""
    endpoint: EndpointSetting | None = None
    """The statement behind the construction that sets the server's URL."""


def legacy_arguments(
    construction: Construction, signature: str, rule: str
) -> dict[str, ast.expr] | Refuse:
    """The arguments that matter, by name.

    Refuses what cannot be seen (``*args``), what v6 has no place for (an event broker, a configuration
    file), and dropped arguments that do something when they are evaluated.
    """
    call = construction.call
    if construction.given is not None and not construction.is_bound:
        return {}
    positional = call.args[1:] if construction.is_bound else call.args
    if any(isinstance(argument, ast.Starred) for argument in positional) or any(
        k.arg is None for k in call.keywords
    ):
        return Refuse(rule, "the arguments come from * or ** and cannot be seen")
    found: dict[str, ast.expr] = {}
    dropped: list[ast.expr] = []
    names = PARAMETERS[signature]
    for index, argument in enumerate(positional):
        if index < len(names):
            found[names[index]] = argument
        else:
            dropped.append(argument)
    for keyword in call.keywords:
        if keyword.arg in names:
            found[keyword.arg] = keyword.value
        elif keyword.arg in _WITHOUT_EFFECT:
            dropped.append(keyword.value)
        else:
            return Refuse(rule, f"it is constructed with {keyword.arg}=, which v5 never took")
    dropped += [found.pop("use_dynamic_limiter")] if "use_dynamic_limiter" in found else []
    for name, advice in (
        ("config_path", "v6 is configured by arguments, UPBIT_WS_* variables or a TOML file"),
        ("event_broker", "v6 has manager.on_connection_event(callback) instead"),
    ):
        value = found.pop(name, None)
        if value is not None and not (isinstance(value, ast.Constant) and value.value is None):
            return Refuse(rule, f"it is constructed with {name}; {advice}")
    if has_effects(dropped):
        return Refuse(rule, "an argument that v6 does not need does something of its own")
    return found


def proxy_arguments(
    construction: Construction, account: tuple[ast.expr, ast.expr] | None
) -> list[Edit]:
    """Edits that replace the argument list; comments inside it move above the statement."""
    if construction.given is not None and not construction.is_bound:
        start = construction.source.start(construction.given)
        return [Edit(start, start, ("lambda: ",)), _argument_list(construction, account)]
    return [_argument_list(construction, account), *_comments(construction)]


def _comments(construction: Construction) -> list[Edit]:
    source, call = construction.source, construction.call
    found = comments_inside(source, source.end(call.func), source.end(call))
    if not found:
        return []
    line = source.anchor_line(call)
    text = source.line_text(line)
    indent = text[: len(text) - len(text.lstrip())]
    at = source.line_starts[line - 1]
    return [Edit(at, at, tuple(f"{indent}{comment}{source.newline}" for comment in found))]


def _argument_list(construction: Construction, account: tuple[ast.expr, ast.expr] | None) -> Edit:
    source = construction.source
    quote = "'" if source.text.count("'") > source.text.count('"') else '"'
    parts: list[list[str | Span]] = [[f"{quote}{construction.component}{quote}"], ["__name__"]]
    if account is not None:
        keys = [Span(*source.span(key)) for key in account]
        parts.append(["account=Credentials(", keys[0], ", ", keys[1], ")"])
    if construction.endpoint is not None:
        url = Span(*source.span(construction.endpoint.value))
        fallback = " or None" if construction.endpoint.is_conditional else ""
        parts.append(["endpoint=", url, fallback])
    if construction.outlived:
        parts.append(["auto_cleanup=False"])
    call = construction.call
    if construction.given is not None and construction.is_bound:
        parts.insert(0, [Span(*source.span(construction.given))])
    elif construction.given is not None:
        flat_parts = [piece for part in parts for piece in (", ", *part)][1:]
        at = source.end(construction.given)
        return Edit(at, at, ("(", *flat_parts, ")"))
    start, end = source.end(call.func), source.end(call)
    line = source.line_of(source.start(call))
    line_text = source.line_text(line)
    indent = line_text[: len(line_text) - len(line_text.lstrip())]
    width = source.start(call) - source.line_starts[line - 1] + len("WebSocketClientProxy()")
    if isinstance(source.parent(call), ast.Await):
        width -= len("await ")  # making a proxy is not awaited
    width += sum(len(_plain(source, part)) + 2 for part in parts) - 2
    tail = source.line_text(source.line_of(end))[end - _line_start(source, end) :]
    width += len(tail.partition("#")[0].rstrip()) if "(" not in tail else 0
    fits = width <= construction.project.options.line_length
    if fits or source.shares_line(source.statement(call)):
        flat: list[str | Span] = ["("]
        for index, part in enumerate(parts):
            flat += [", "] if index else []
            flat += part
        return Edit(start, end, (*flat, ")"))
    step = "\t" if indent.startswith("\t") else "    "
    tall: list[str | Span] = ["("]
    for part in parts:
        tall += [source.newline + indent + step, *part, ","]
    return Edit(start, end, (*tall, source.newline + indent + ")"))


def _line_start(source: SourceFile, offset: int) -> int:
    return source.line_starts[source.line_of(offset) - 1]


def _plain(source: SourceFile, parts: Iterable[str | Span]) -> str:
    return "".join(
        part if isinstance(part, str) else source.text[part.start : part.end] for part in parts
    )
