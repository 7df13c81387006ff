"""Write docs/errors.md from the docstrings of the public exceptions.

    python docs/errors_page.py            print it
    python docs/errors_page.py --write    replace docs/errors.md

Each of them says *What happened*, *Why* and *What to do*; the messages shown are real ones.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
sys.path.insert(0, str(REPOSITORY))

from websocket_v6 import exceptions as v6  # noqa: E402 - needs the path above

PAGE = REPOSITORY / "docs" / "errors.md"
SECTIONS = ("What happened", "Why", "What to do")
MODULES = {
    "websocket_v6.exceptions": "In v6",
    "compat_v5.exceptions": "On the legacy layer",
    "compat_v5.state": "",
    "compat_v5.deprecation": "",
    "websocket_v6.testing.exceptions": "In the emulator",
    "codemods.exceptions": "In the migration tool",
    "compat_v5.parity.exceptions": "",
}
"""Module -> heading of its part; an empty one continues the part before."""

EXAMPLES: dict[str, BaseException] = {
    "InvalidArgument": v6.InvalidArgument("symbols", "KRW-BTC", "write a list: ['KRW-BTC']"),
    "ConfigError": v6.ConfigError("UPBIT_WS_PING_INTERVAL", "'soon' is not a number"),
    "SubscribeTimeout": v6.SubscribeTimeout(
        "wss://api.upbit.com/websocket/v1", 10, "Name or service not known"
    ),
    "SubscriptionRejected": v6.SubscriptionRejected(
        "INVALID_PARAM", "level is not supported", [("orderbook", "KRW-BTC")]
    ),
    "SnapshotTimeout": v6.SnapshotTimeout("ticker", {"KRW-BTC": {}}, ["KRW-BTX"], 5),
    "ManagerClosed": v6.ManagerClosed(),
    "LoopUnavailable": v6.LoopUnavailable(5),
    "DecodeError": v6.DecodeError("JSON is malformed", 17, '{"type": "ticker"'),
    "TwoInstallations": v6.TwoInstallations("websocket_v6", "trader.net.websocket_v6"),
    "MissingExtra": v6.MissingExtra("the live table (without it: --json)", "cli"),
}
"""A message of each v6 class whose text is made from data."""

INTRODUCTION = """\
# Errors

What each exception says: what happened, why, and what to do. Every message names the value that was at
fault and the remedy, and none contains a key or a token.

A lost connection is not an exception: it heals by itself, and is an [event](metrics.md#events). A symptom
without an exception is in [troubleshooting](troubleshooting.md).

<!-- Made by docs/errors_page.py from the docstrings. -->
"""


def exceptions(module: str) -> list[type[BaseException]]:
    """The exception classes among the module's public names, bases before what derives from them."""
    found = import_module(module)
    public = [getattr(found, name) for name in found.__all__]
    classes = [each for each in public if inspect.isclass(each) and issubclass(each, BaseException)]
    return sorted(classes, key=lambda cls: (inspect.getsourcelines(cls)[1], cls.__name__))


def page() -> str:
    return "\n".join([INTRODUCTION, *parts()])


def parts() -> Iterator[str]:
    seen: set[str] = set()
    for module, title in MODULES.items():
        if title:
            yield f"## {title}\n"
        for cls in exceptions(module):
            yield entry(cls, unique=cls.__name__ not in seen)
            seen.add(cls.__name__)


def entry(cls: type[BaseException], *, unique: bool) -> str:
    name = cls.__name__ if unique else f"{cls.__module__}.{cls.__name__}"
    bases = " and ".join(f"`{base.__name__}`" for base in cls.__bases__)
    lines = [f"### {name}", "", f"`{cls.__module__}`; is also {bases}.", ""]
    if name in EXAMPLES:
        lines += ["```text", str(EXAMPLES[name]), "```", ""]
    for title, text in sections(cls).items():
        lines += [f"**{title}.** {text}", ""]
    return "\n".join(lines)


def sections(cls: type[BaseException]) -> dict[str, str]:
    """The three answers in the docstring. A missing one is a ``ValueError``."""
    doc = inspect.cleandoc(cls.__dict__.get("__doc__") or "")
    answers = {}
    for title in SECTIONS:
        match = re.search(rf"^{title}:\n((?:    .+\n?)+)", doc, re.MULTILINE)
        if match is None:
            raise ValueError(f"{cls.__module__}.{cls.__name__} has no section {title!r}")
        text = " ".join(match[1].split()).replace("``", "`")
        answers[title] = re.sub(r"docs/([a-z-]+)\.md", r"[\1](\1.md)", text)
    return answers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    if parser.parse_args().write:
        PAGE.write_text(page(), encoding="utf-8")
    else:
        sys.stdout.write(page())


if __name__ == "__main__":
    main()
