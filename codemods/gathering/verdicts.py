"""Record what the rules answer, and what keeps clients where they are."""

from __future__ import annotations

import ast

from codemods.clusters import Refusal
from codemods.construction import Construction
from codemods.decisions import Decisions, Item
from codemods.flow.values import Client
from codemods.left_out import reason_for
from codemods.marks import kept_deliberately
from codemods.project import Project
from codemods.receivers import identify
from codemods.site import Refuse, Rewrite, Verdict
from codemods.source import SourceFile

__all__ = ["add_item", "keep_comment", "refuse", "refuse_handed_out"]


def add_item(
    decisions: Decisions,
    source: SourceFile,
    node: ast.expr,
    clients: frozenset[Client],
    verdict: Verdict,
    construction: Construction | None = None,
) -> None:
    """Record one use; its clients share their fate from now on."""
    joined = clients | (verdict.joins if isinstance(verdict, Rewrite) else frozenset())
    decisions.clusters.join(joined)
    reasons = _reasons(decisions.project, source, node)
    item = Item(source, node, joined, verdict, construction, reasons)
    rule, options = verdict.rule, decisions.project.options
    keep = keep_comment(source, node)
    if keep is not None:
        refuse(decisions, joined, source, node, rule, keep, deliberate=True)
    elif isinstance(verdict, Refuse):
        refuse(decisions, joined, source, node, rule, verdict.reason, brief=verdict.brief)
    elif not all(options.selects(one) for one in (rule, "UWS101")):
        refuse(decisions, joined, source, node, rule, "its rule is not selected", silent=True)
    else:
        reason = _unwritten(decisions, source, verdict)
        if reason:
            refuse(decisions, joined, source, node, rule, reason)
    decisions.items.append(item)


def keep_comment(source: SourceFile, node: ast.AST) -> str | None:
    """What a keep comment at the statement of *node* says; ``None`` without one."""
    statement = source.statement(node)
    return kept_deliberately(source, statement.lineno, _header_end(statement))


def refuse(
    decisions: Decisions,
    clients: frozenset[Client],
    source: SourceFile,
    node: ast.AST,
    rule: str,
    reason: str,
    *,
    deliberate: bool = False,
    silent: bool = False,
    brief: str = "",
) -> Refusal:
    """Let the clients stay, together."""
    line, column = source.line_column(node)
    anchor = source.anchor_line(node)
    refusal = Refusal(
        rule, source.path, line, column, reason, anchor, deliberate, silent, brief=brief
    )
    decisions.clusters.join(clients)
    decisions.clusters.refuse(clients, refusal)
    return refusal


def refuse_handed_out(
    decisions: Decisions,
    clients: frozenset[Client],
    source: SourceFile,
    node: ast.AST,
    rule: str,
    reason: str,
) -> None:
    """The same for clients that code nobody sees may hand on; a keep comment there says why itself."""
    keep = keep_comment(source, node)
    deliberate = keep is not None
    refusal = refuse(decisions, clients, source, node, rule, keep or reason, deliberate=deliberate)
    decisions.handed_out.append((clients, refusal))


def _unwritten(decisions: Decisions, source: SourceFile, verdict: Rewrite) -> str:
    """Why a rewrite cannot be; empty when it can."""
    left_out = decisions.project.left_out
    for path in (source.path, *(path for path, _ in verdict.elsewhere)):
        if path in left_out:
            return reason_for(path, left_out[path])
    if source.path in decisions.pinned_files:
        return "the rewritten file would not compile"
    if any(path in decisions.pinned_files for path, _ in verdict.elsewhere):
        return "the rewritten file of its callback would not compile"
    return ""


def _reasons(project: Project, source: SourceFile, node: ast.expr) -> tuple[str, ...]:
    receiver = node.value if isinstance(node, ast.Attribute) else node
    return identify(project, source, receiver).reasons


def _header_end(statement: ast.stmt) -> int:
    body = getattr(statement, "body", None)
    if isinstance(body, list) and body:
        first: ast.stmt = body[0]
        return max(statement.lineno, first.lineno - 1)
    return statement.end_lineno or statement.lineno
