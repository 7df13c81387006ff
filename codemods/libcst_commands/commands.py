"""The two kinds of command: a rule that looks at one file, and one that must refuse to."""

from __future__ import annotations

import argparse
from typing import ClassVar

import libcst
from libcst.codemod import CodemodCommand

from codemods.engine import rewrite
from codemods.exceptions import FileError, UsageError
from codemods.index import build_index
from codemods.options import Options
from codemods.result import Failed, FindingOutcome, Unchanged
from codemods.rule import Rule

__all__ = ["FileCommand", "ProjectCommand"]


class FileCommand(CodemodCommand):
    """Applies a rule to one file, without knowledge of any other."""

    RULE: ClassVar[Rule]

    def transform_module_impl(self, tree: libcst.Module) -> libcst.Module:
        """The module after the rule; places that stay are warnings.

        Raises:
            FileError: the file cannot be handled.
        """
        path = self.context.filename or "module.py"
        source = tree.bytes
        options = Options(select=(self.RULE.code,), unsafe=self.RULE.opt_in == "unsafe")
        outcome = rewrite(path, source, build_index({path: source}, options), options)
        if isinstance(outcome, Failed):
            raise FileError(f"{outcome.stage}: {outcome.message}")
        for finding in outcome.findings:
            if finding.outcome is FindingOutcome.KEPT:
                self.warn(f"{path}:{finding.line}: {finding.rule} {finding.message}")
        return tree if isinstance(outcome, Unchanged) else libcst.parse_module(outcome.after)


class ProjectCommand(CodemodCommand):
    """Refuses: who is a legacy client is decided over the whole project."""

    RULE: ClassVar[Rule]

    @classmethod
    def refusal(cls) -> str:
        """What to do instead."""
        return (
            f"{cls.RULE.code} needs facts of the whole project, which a libcst command does not "
            f"have; run: upbit-migrate run PATH --select {cls.RULE.code}"
        )

    @classmethod
    def add_args(cls, arg_parser: argparse.ArgumentParser) -> None:
        """End the command line with the refusal, before any file is read."""
        arg_parser.error(cls.refusal())

    def transform_module_impl(self, tree: libcst.Module) -> libcst.Module:
        """Raise.

        Raises:
            UsageError: always.
        """
        raise UsageError(self.refusal())
