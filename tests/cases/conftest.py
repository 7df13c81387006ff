"""Whole v5 projects: input of the migration tests, not tests of this project."""

collect_ignore_glob = ["*/*"]
