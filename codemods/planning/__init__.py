"""From decisions to texts: edits, marks and findings per file.

:mod:`codemods.planning.planner` says in which order; every other module plans one kind of place.
"""
