"""A small points-to analysis over a project's syntax trees: which values can reach an expression.

Flow-insensitive inside a function, context-insensitive across functions, one abstract instance per
class. :mod:`codemods.receivers` says what it knows and what it does not.
"""
