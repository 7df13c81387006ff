"""The changelog has the form of https://keepachangelog.com/en/1.1.0/."""

from __future__ import annotations

import re
from pathlib import Path

from websocket_v6 import __version__

TEXT = (Path(__file__).parents[2] / "CHANGELOG.md").read_text(encoding="utf-8")
RELEASE = re.compile(r"## \[(?P<version>Unreleased|\d+\.\d+\.\d+)\](?: - \d{4}-\d{2}-\d{2})?")
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_releases_are_headed_newest_first():
    heads = re.findall(r"^## .*$", TEXT, re.MULTILINE)
    versions = []
    for head in heads:
        found = RELEASE.fullmatch(head)
        assert found, head
        versions.append(found["version"])
    assert versions[0] == "Unreleased"
    numbers = [tuple(map(int, version.split("."))) for version in versions[1:]]
    assert numbers == sorted(numbers, reverse=True)
    assert not numbers or versions[1] == __version__


def test_changes_stand_under_their_kind():
    kinds = re.findall(r"^### (.*)$", TEXT, re.MULTILINE)
    assert kinds
    assert set(kinds) <= KINDS


def test_the_policy_for_names_that_go_away_is_written():
    head = TEXT.partition("## [")[0]
    for word in ("Semantic Versioning", "DeprecationWarning", "one minor release", "replacement"):
        assert word in head
