"""The description every rule carries, for the listing, ``explain`` and the reports."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Example", "Rule"]


@dataclass(frozen=True, slots=True)
class Example:
    """Source before and after a rule."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, described.

    Args:
        code: stable, ``"UWS101"``.
        title: imperative, without a full stop.
        anchor: its heading in ``MIGRATION.md``.
        rationale: why, in a few sentences.
        examples: at least one.
        project_wide: needs facts of more than one file; such a rule refuses to run as a plain libcst
            command.
        opt_in: ``None``, or the :class:`~codemods.options.Options` field that switches it on.
    """

    code: str
    title: str
    anchor: str
    rationale: str
    examples: tuple[Example, ...]
    project_wide: bool = True
    opt_in: str | None = None
