"""All rules, found in :mod:`codemods.rules`, one per module."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from codemods import rules
from codemods.rule import Rule

__all__ = ["all_rules", "find_rule"]


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, ordered by code. Each module of ``codemods.rules`` defines one as ``RULE``."""
    found: list[Rule] = []
    for module_info in pkgutil.iter_modules(rules.__path__):
        module = importlib.import_module(f"{rules.__name__}.{module_info.name}")
        found.append(module.RULE)
    return tuple(sorted(found, key=lambda rule: rule.code))


def find_rule(code: str) -> Rule:
    """The rule with this code, in any case.

    Raises:
        KeyError: there is none.
    """
    wanted = code.strip().upper()
    for rule in all_rules():
        if rule.code == wanted:
            return rule
    raise KeyError(code)
