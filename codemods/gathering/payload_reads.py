"""Reads of payloads: those the rule answers, and those that may be of one that went out of sight."""

from __future__ import annotations

import ast

from codemods.clusters import Refusal
from codemods.decisions import Decisions, PayloadNote
from codemods.envelope_moments import MESSAGE as MOMENT
from codemods.envelope_moments import used_as_datetime
from codemods.escaped_payloads import EscapedRead, escaped_columns, escaped_read
from codemods.flow.boundary import Leak
from codemods.gathering.verdicts import add_item, keep_comment
from codemods.payload_aliases import refuse_as_one
from codemods.payload_lookups import answer_lookup, clients_of
from codemods.rules.payload import PayloadUse, find_reads, note_about
from codemods.rules.payload import rewrite as rewrite_payload
from codemods.site import Refuse, Rewrite
from codemods.source import SourceFile
from codemods.whole_payloads import whole_uses

__all__ = ["ask_about_columns", "ask_about_reads", "ask_about_whole_payloads"]


def ask_about_reads(
    decisions: Decisions, leaks: list[Leak], source: SourceFile, node: ast.AST
) -> None:
    """Ask about every read of an envelope's key in *node*."""
    if isinstance(node, ast.Call):
        _ask_about_lookups(decisions, source, node)
    for read in find_reads(node):
        use = PayloadUse.of(decisions.project, source, read)
        if use is not None:
            verdict = rewrite_payload(use)
            if isinstance(verdict, Rewrite):
                verdict = refuse_as_one(use) or verdict
            note = note_about(use)
            if note:
                keep = keep_comment(source, read.node)
                told = PayloadNote(source, read.node, use.clients, note, "", keep)
                decisions.payload_notes.append(told)
            if verdict is not None:
                add_item(decisions, source, read.node, use.clients, verdict)
        elif leaks:
            escaped = escaped_read(decisions.project, source, read, leaks)
            if escaped is not None:
                _hold_sources(decisions, source, read.node, escaped)


def ask_about_whole_payloads(decisions: Decisions, source: SourceFile, node: ast.AST) -> None:
    """Ask about every use of a whole payload in *node*: what names a key holds the clients. So does a use of
    the envelope's timestamp as a datetime."""
    if isinstance(node, ast.Attribute | ast.BinOp | ast.FormattedValue | ast.Compare):
        clients = used_as_datetime(decisions.project, node)
        if clients:
            add_item(decisions, source, node, clients, Refuse("UWS160", MOMENT))
    for use in whole_uses(decisions.project, source, node):
        if use.keeps:
            add_item(decisions, source, use.node, use.clients, Refuse("UWS160", use.message))
        else:
            keep = keep_comment(source, use.node)
            note = PayloadNote(source, use.node, use.clients, use.message, use.group, keep)
            decisions.payload_notes.append(note)


def ask_about_columns(
    decisions: Decisions, leaks: list[Leak], source: SourceFile, node: ast.AST
) -> None:
    """Ask about every column of a table in *node* that only envelopes would have given it."""
    escaped = escaped_columns(decisions.project, source, node, leaks)
    if escaped is not None and isinstance(node, ast.expr):
        _hold_sources(decisions, source, node, escaped)


def _ask_about_lookups(decisions: Decisions, source: SourceFile, node: ast.Call) -> None:
    project = decisions.project
    for lookup in project.flow.lookups.get(id(node), ()):
        verdict = answer_lookup(project, source, node, lookup)
        if verdict is not None:
            add_item(decisions, source, node, clients_of(lookup), verdict)


def _hold_sources(
    decisions: Decisions, source: SourceFile, node: ast.expr, read: EscapedRead
) -> None:
    """The clients stay; each for itself, as nothing but the doubt ties them together."""
    keep = keep_comment(source, node)
    if keep is not None or read.confidence == "possible":
        decisions.possible_reads.append((source, node, read, keep))
        return
    options = decisions.project.options
    silent = not all(options.selects(rule) for rule in ("UWS160", "UWS101"))
    line, column = source.line_column(node)
    anchor = source.anchor_line(node)
    refusal = Refusal(
        "UWS160",
        source.path,
        line,
        column,
        read.reason,
        anchor,
        silent=silent,
        brief=read.brief,
        chain=read.chain,
    )
    decisions.clusters.refuse(read.clients, refusal)
