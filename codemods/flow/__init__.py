"""A small points-to analysis over a project's syntax trees: which values can reach an expression.

Flow-insensitive inside a function, context-insensitive across functions, one abstract instance per
class. :mod:`codemods.receivers` says what it knows and what it does not.

:mod:`~codemods.flow.analysis` is the door. What moves values without evaluating an expression is put
together in :mod:`~codemods.flow.model`; what evaluates is built on top of it, from
:mod:`~codemods.flow.calls` over :mod:`~codemods.flow.expressions` to :mod:`~codemods.flow.statements`.
Every kind of expression needs every other: those below :mod:`~codemods.flow.expressions` are given the
function they need (:mod:`~codemods.flow.evaluation`) and import nothing above them.
"""
