"""What a run may be told: one frozen value that travels into every worker."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DEFAULT_LINE_LENGTH", "DEFAULT_TARGET", "Options"]

DEFAULT_TARGET = "websocket_v6"
"""The package imported after the rewrite when nothing else is said."""

DEFAULT_LINE_LENGTH = 88
"""Characters, where the application says nothing."""


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of one run.

    Args:
        target_package: dotted name of the v6 package in the rewritten imports; ``None`` takes a
            ``websocket_v6`` folder that lies beside the legacy one in the tree, else the installed
            package.
        select: rule codes to apply; empty means all that are not opt-in. A prefix such as
            ``"UWS1"`` selects its family.
        ignore: rule codes (or prefixes) not to apply.
        unsafe: also apply the opt-in rules whose result a person must review.
        entry: also rewrite the application's entry point (``initialize`` at the start, ``shutdown``
            at the end).
        hoist_credentials: with one key pair in the whole tree, pass it to ``initialize`` instead of to
            each proxy.
        line_length: characters from which on a new line is wrapped.
    """

    target_package: str | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    unsafe: bool = False
    entry: bool = False
    hoist_credentials: bool = False
    line_length: int = DEFAULT_LINE_LENGTH

    def selects(self, code: str) -> bool:
        """Whether the rule *code* may rewrite."""
        if any(code.startswith(prefix) for prefix in self.ignore):
            return False
        return not self.select or any(code.startswith(prefix) for prefix in self.select)
