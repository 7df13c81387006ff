"""The order in which a project is asked: constructions, what is done with clients, mentions, strings."""

from __future__ import annotations

import ast

from codemods.decisions import Decisions
from codemods.escaped_payloads import find_leaks
from codemods.gathering.caught_exceptions import hold_for_exceptions
from codemods.gathering.constructions import (
    find_constructions,
    hoist,
    refuse_added_arguments,
    refuse_unwritten,
)
from codemods.gathering.failed_files import refuse_beside_failed
from codemods.gathering.holders import Holders
from codemods.gathering.member_uses import ask_about_member
from codemods.gathering.patched_names import follow_patched_members, follow_strings
from codemods.gathering.payload_reads import (
    ask_about_columns,
    ask_about_reads,
    ask_about_whole_payloads,
)
from codemods.gathering.reference_roles import ask_about_reference
from codemods.gathering.strangers import (
    refuse_asked_for,
    refuse_class_attributes,
    refuse_given_away,
    refuse_looked_up,
    refuse_registered,
    refuse_returned,
    tie_to_their_class,
)
from codemods.import_table import ImportTable
from codemods.project import Project
from codemods.references import find_references
from codemods.rules import string_references

__all__ = ["decide"]


def decide(project: Project, pinned_files: frozenset[str] = frozenset()) -> Decisions:
    """Gather uses, ask the rules, let refusals spread over what belongs together.

    Args:
        pinned_files: paths whose rewritten text would not compile; their clients stay.
    """
    decisions = Decisions(project, ImportTable(project), pinned_files=pinned_files)
    leaks = find_leaks(project)
    holders = Holders(project)
    decisions.references = list(find_references(project))
    constructions = find_constructions(decisions, holders)
    hoist(decisions, constructions.values())
    for source in project.sources.values():
        for node in source.nodes:
            if isinstance(node, ast.Attribute):
                ask_about_member(decisions, holders, source, node)
                refuse_class_attributes(decisions, holders, source, node)
            if isinstance(node, ast.Attribute | ast.Call):
                tie_to_their_class(decisions, source, node)
            if isinstance(node, ast.Subscript | ast.Call | ast.Compare | ast.Match):
                ask_about_reads(decisions, leaks, source, node)
            ask_about_columns(decisions, leaks, source, node)
            ask_about_whole_payloads(decisions, source, node)
            if isinstance(node, ast.Subscript | ast.Call):
                refuse_looked_up(decisions, source, node)
            if isinstance(node, ast.Call):
                refuse_given_away(decisions, source, node)
                refuse_added_arguments(decisions, source, node)
    for reference in decisions.references:
        ask_about_reference(decisions, constructions, reference)
    found = string_references.find_strings(project, decisions.imports, decisions.references)
    decisions.strings = list(found)
    follow_strings(decisions)
    follow_patched_members(decisions)
    hold_for_exceptions(decisions)
    refuse_unwritten(decisions)
    refuse_beside_failed(decisions)
    refuse_returned(decisions, holders)
    refuse_registered(decisions)
    refuse_asked_for(decisions)
    decisions.settle()
    return decisions
