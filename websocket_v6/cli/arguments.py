"""Arguments that several commands share."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Final, TypeAlias

from ..config import Config
from ..exceptions import InvalidArgument
from ..misspellings import near_miss, pair_meant
from ..subscription import CANDLE_INTERVALS, candle_type

__all__ = [
    "DATA_TYPES",
    "PRIVATE",
    "Subparsers",
    "add_command",
    "data_type",
    "positive_count",
    "positive_number",
    "settings",
    "symbols_of",
]

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""What ``add_subparsers`` returns; the class is subscriptable for type checkers only."""

PRIVATE: Final = {"my-orders": "myOrder", "my-assets": "myAsset"}
"""Names on the command line -> wire names of the private types."""

DATA_TYPES: Final = (
    "ticker",
    "trade",
    "orderbook",
    *(f"candle.{interval}" for interval in CANDLE_INTERVALS),
    *PRIVATE,
)
"""What the command line offers, for help and completion."""


def add_command(
    subparsers: Subparsers, name: str, summary: str, description: str, examples: str
) -> argparse.ArgumentParser:
    """Add a command whose help ends with examples, and the arguments every command has."""
    parser = subparsers.add_parser(
        name,
        help=summary,
        description=description,
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--url",
        metavar="URL",
        help="public endpoint of another server, such as the emulator; private is URL/private",
    )
    return parser


def settings(args: argparse.Namespace) -> Config:
    """The settings of this run, with ``--url`` over everything else."""
    return Config.load({"url": args.url})


def data_type(name: str) -> str:
    """The wire name of what the user typed.

    Raises:
        InvalidArgument: no such type.
    """
    wire_name = PRIVATE.get(name, name)
    if name in DATA_TYPES or wire_name in PRIVATE.values():
        return wire_name
    if name.startswith("candle."):
        return candle_type(name)
    if name.lower() in ("candle", "candles"):
        raise InvalidArgument("type", name, "name the interval too, such as candle.1m")
    near = near_miss(name, DATA_TYPES)
    if near is not None:
        raise InvalidArgument("type", name, f"did you mean {near}?")
    if "-" in pair_meant(name):
        remedy = f"the type comes before the market: ticker {pair_meant(name)}"
        raise InvalidArgument("type", name, remedy)
    raise InvalidArgument("type", name, f"give one of {', '.join(DATA_TYPES)}")


def symbols_of(words: Iterable[str]) -> list[str]:
    """Markets as they were typed: with spaces or commas between them."""
    return [symbol for word in words for symbol in word.split(",") if symbol]


def positive_count(text: str) -> int:
    """For argparse: a whole number above 0."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def positive_number(text: str) -> float:
    """For argparse: a number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value
