"""JSON, SARIF, HTML and text of one run."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from codemods.census import Mention, MentionKind, mentions
from codemods.discovery import Skipped
from codemods.report.effort import remaining_effort
from codemods.report.highlight import highlighted_lines
from codemods.report.html import run_html
from codemods.report.json import run_json
from codemods.report.sarif import run_sarif
from codemods.report.text import summary_lines
from codemods.result import STAYS, Changed, Failed, Finding, FindingOutcome, Outcome, Unchanged
from codemods.run import Run
from codemods.secrets import SecretText, key_facts

EVIL = '<script>alert("x")</script>'
KEY = "TEST-ACCESS-KEY-0001"
NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def finding(
    path: str, outcome: FindingOutcome, line: int = 1, message: str = "", rule: str = "UWS900"
) -> Finding:
    return Finding(rule, outcome, path, line, 3, message or f"a {EVIL}", (f"because {EVIL}",))


def make_run(*outcomes: Outcome, is_written: bool = False) -> Run:
    sources = [o.before for o in outcomes if isinstance(o, Changed)]
    return Run(
        root=Path("/home/me/" + EVIL.replace("/", "")),
        target_package="websocket_v6",
        is_written=is_written,
        outcomes=outcomes,
        skipped=(Skipped(f"link{EVIL}.py", "symbolic link out of the root, not followed"),),
        mentions=(Mention(f"c{EVIL}.yaml", 3, MentionKind.CONFIG, "websocket_v5", EVIL),),
        file_count=7,
        secret_text=SecretText(key_facts(source) for source in sources),
        journal=None,
        seconds=0.5,
    )


@pytest.fixture
def run() -> Run:
    """One of each, with markup everywhere."""
    before = f'import a\naccess_key = "{KEY}"\n' + "y = 1\n" * 20
    before += f'x = """\n{EVIL}\n"""  # {EVIL}\nimport websocket_v5\n'
    after = before.replace("import a\n", "import b\n").replace("v5", "v6\nimport more")
    path = f"src/{EVIL}.py"
    findings = (
        finding(path, FindingOutcome.REWRITTEN),
        finding(path, FindingOutcome.KEPT, 5, f'the key "{KEY}" is literal', "UWS901"),
    )
    return make_run(
        Changed(path, before.encode(), after.encode(), findings),
        Unchanged("b.py", (finding("b.py", FindingOutcome.NOTE),)),
        Failed("\udcff.py", "parse", EVIL),
    )


def page(run: Run, *, show_secrets: bool = False) -> str:
    return run_html(run, tool_version="6.0", now=NOW, show_secrets=show_secrets)


class Elements(HTMLParser):
    """Tags with their attributes, and the text outside of style and script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._raw = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._raw = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._raw = False

    def handle_data(self, data: str) -> None:
        if not self._raw:
            self.text += data


def test_the_page_escapes_everything_and_loads_nothing(run: Run) -> None:
    text = page(run)
    elements = Elements(text)
    assert [tag for tag, _ in elements.tags].count("script") == 1
    assert EVIL in elements.text
    assert "\udcff" not in text
    for _, attributes in elements.tags:
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "href", "action", "srcset"):
            value = attributes.get(name)
            assert value is None or value.startswith(("#", "data:,"))
    assert not re.search(r"url\(|@import|https?://", text)


def test_the_page_shows_totals_rest_findings_and_differences(run: Run) -> None:
    text = Elements(page(run)).text
    words = " ".join(text.split())
    for expected in (
        "Dry run: nothing was written",
        "files would change",
        "Could not be handled",
        "Work for a person",
        "17 min to 68 min",
        "because <script>",
        "import more",
        "symbolic link out of the root",
        "UWS901",
    ):
        assert expected in words
    assert "once the changes are written" in words


def test_every_link_of_the_page_has_its_target(run: Run) -> None:
    elements = Elements(page(run))
    ids = [attributes["id"] for _, attributes in elements.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {a["href"] for tag, a in elements.tags if tag == "a"}
    assert {link.removeprefix("#") for link in links if link} <= set(ids)


def test_a_done_run_says_so() -> None:
    done = make_run(is_written=True)
    text = page(Run(**{name: getattr(done, name) for name in Run.__slots__} | {"mentions": ()}))
    assert "No line of this tree mentions v5." in text


def test_a_withheld_hunk_is_a_notice(run: Run) -> None:
    hidden = page(run)
    assert KEY not in hidden
    assert "Withheld: this hunk shows a literal key" in hidden
    assert KEY in page(run, show_secrets=True)
    for text in (
        run_json(run, tool_version="6", show_secrets=False),
        run_sarif(run, tool_version="6", show_secrets=False),
        "\n".join(summary_lines(run, show_secrets=False)),
    ):
        assert KEY not in text


FORMATS: dict[str, Callable[[Run, bool], str]] = {
    "html": lambda run, shown: page(run, show_secrets=shown),
    "json": lambda run, shown: run_json(run, tool_version="6.0", show_secrets=shown),
    "sarif": lambda run, shown: run_sarif(run, tool_version="6.0", show_secrets=shown),
    "text": lambda run, shown: "\n".join(summary_lines(run, show_secrets=shown)),
}
SHOWN = f"the key {KEY} of {EVIL}"


def run_with_key(place: str) -> Run:
    """A run whose only text with the key in it is the one at *place*."""
    said = {name: SHOWN if name == place else "" for name in ("message", "reason", "failure")}
    kept = Finding(
        "UWS900", FindingOutcome.KEPT, "a.py", 1, 1, said["message"] or "m", (said["reason"],)
    )
    mention = Mention("c.yaml", 3, MentionKind.CONFIG, "v5", SHOWN if place == "mention" else "")
    made = make_run(Unchanged("a.py", (kept,)), Failed("b.py", "parse", said["failure"]))
    secrets = SecretText([key_facts(f'access_key = "{KEY}"\n'.encode())])
    return replace(made, mentions=(mention,), secret_text=secrets)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("place", ["message", "reason", "failure", "mention"])
def test_no_text_of_a_report_shows_a_key(form: str, place: str) -> None:
    write = FORMATS[form]
    text = write(run_with_key(place), False)
    assert KEY not in text
    is_told = place != "mention" or form in ("html", "json")
    assert text.count("the key *** of") == int(is_told)
    if place in ("message", "reason"):
        assert f"the key {KEY} of" in write(run_with_key(place), True), "it was asked for"


def test_a_report_in_the_tree_makes_no_mentions(run: Run) -> None:
    mentioning = b"websocket_v5"
    for name, text in (
        ("r.html", page(run)),
        ("r.json", run_json(run, tool_version="6", show_secrets=False)),
        ("r.sarif", run_sarif(run, tool_version="6", show_secrets=False)),
    ):
        assert mentions(name, text.encode() + mentioning, is_python=False) == []


def test_highlighted_lines_are_the_lines_of_the_file() -> None:
    source = 'a = """\n\tx\r\n\rlone"""\n\n\x0cb = 1\n\u2028c = "\x1b"'.encode()
    lines = highlighted_lines("a.py", source)
    texts = ["".join(piece for _, piece in line) for line in lines]
    assert texts[0] == 'a = """'
    assert len(texts) == source.count(b"\n") + 1
    assert "\x1b" not in "".join(texts)
    assert ("k", "import") not in lines[0]
    assert any(css == "kn" for css, _ in highlighted_lines("a.py", b"import a\n")[0])


def test_the_json_document_has_its_documented_keys(run: Run) -> None:
    document = json.loads(run_json(run, tool_version="6.0", show_secrets=False))
    assert set(document) == {
        "schema_version",
        "tool",
        "root",
        "target_package",
        "written",
        "exit_code",
        "totals",
        "files",
        "skipped",
        "mentions",
        "effort_minutes",
    }
    assert document["exit_code"] == 3
    assert document["totals"] == {
        "files_read": 7,
        "files_changed": 1,
        "files_failed": 1,
        "rewritten": 1,
        "kept": 1,
        "deliberate": 0,
        "note": 1,
        "mentions_left": 1,
    }
    assert [file["outcome"] for file in document["files"]] == ["changed", "unchanged", "failed"]
    withheld = [hunk["withheld"] for hunk in document["files"][0]["hunks"]]
    assert withheld == [True, False]
    assert document["files"][0]["hunks"][0]["lines"] == []
    docs = Path(__file__).parents[3] / "docs/upbit-migrate.md"
    text = docs.read_text("utf-8")
    assert all(f"`{key}`" in text for key in document)


def test_the_sarif_log_is_as_the_standard_wants(run: Run) -> None:
    log = json.loads(run_sarif(run, tool_version="6.0.0", show_secrets=False))
    assert log["version"] == "2.1.0"
    (result_run,) = log["runs"]
    rules = [rule["id"] for rule in result_run["tool"]["driver"]["rules"]]
    assert len(rules) == len(set(rules))
    for result in result_run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] == "none" or result["kind"] == "fail"
        assert result["message"]["text"]
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uriBaseId"] == "ROOT"
        assert re.fullmatch(r"[A-Za-z0-9%._/-]+", place["artifactLocation"]["uri"])
        assert place["region"]["startLine"] >= 1
        assert place["region"]["startColumn"] >= 1
    assert result_run["originalUriBaseIds"]["ROOT"]["uri"].endswith("/")
    (invocation,) = result_run["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 3)
    assert len(invocation["toolExecutionNotifications"]) == 1


def test_the_estimate_is_a_sum_of_what_is_left(run: Run) -> None:
    efforts = remaining_effort(run)
    assert [(effort.count, effort.low, effort.high) for effort in efforts] == [
        (1, 10, 30),
        (1, 1, 3),
        (1, 5, 30),
        (1, 1, 5),
    ]
    assert remaining_effort(make_run()) != []
    two = make_run(
        Unchanged("b.py", tuple(finding("b.py", FindingOutcome.KEPT, n) for n in (1, 2, 3)))
    )
    assert [(e.count, e.low) for e in remaining_effort(two)][:2] == [(1, 10), (2, 4)]


def test_what_stays_with_another_place_costs_a_look_only() -> None:
    kept = FindingOutcome.KEPT
    chain = ("a.py:5: reason",)
    run = make_run(
        Unchanged(
            "a.py",
            (
                Finding("UWS141", kept, "a.py", 5, 1, ".stats has no successor"),
                Finding("UWS110", kept, "a.py", 3, 1, f"{STAYS}.stats has no successor", chain),
                Finding("UWS101", kept, "a.py", 1, 1, "the class stays, with its clients"),
            ),
        )
    )
    assert [(e.count, e.low, e.high) for e in remaining_effort(run)][:2] == [(1, 10, 30), (2, 0, 4)]


def test_a_chain_of_reasons_is_told_once() -> None:
    chain = ("b.py:9: one", "b.py:10: two")
    found = [Finding("UWS110", FindingOutcome.KEPT, "b.py", n, 1, "stays", chain) for n in (1, 2)]
    lines = list(summary_lines(make_run(Unchanged("b.py", tuple(found))), show_secrets=False))
    assert lines.count("      because b.py:9: one") == 1
    assert "      because of the same as b.py:1:1" in lines


def test_the_summary_lists_what_is_left_deliberately() -> None:
    keep = Finding("UWS110", FindingOutcome.DELIBERATE, "b.py", 3, 9, "until the desk goes")
    run = make_run(Unchanged("b.py", (keep,)))
    lines = list(summary_lines(run, show_secrets=False))
    assert lines[:2] == [
        "left as the source asks for (1):",
        "  b.py:3:9: UWS110 until the desk goes",
    ]
    assert any("0 kept on compat_v5, 1 left deliberately" in line for line in lines)
    assert run.exit_code == 0


def test_the_summary_names_every_kept_place_with_its_reasons(run: Run) -> None:
    lines = list(summary_lines(run, show_secrets=False))
    assert f'  src/{EVIL}.py:5:3: UWS901 the key "***" is literal' in lines
    assert "      because because " + EVIL in lines
    assert "  \\udcff.py: parse: " + EVIL in lines
    assert any("mentions of v5 left: 1 config file" in line for line in lines)


def test_the_summary_lists_lines_of_configuration_that_lead_to_v5() -> None:
    told = [
        Mention("a.toml", 3, MentionKind.CONFIG, "app.websocket_v5", "text"),
        Mention("run.sh", 1, MentionKind.SHELL, "websocket_v5", "text"),
        Mention("README.md", 2, MentionKind.DOCS, "websocket_v5", "text"),
        *(Mention("z.ini", line, MentionKind.CONFIG, "compat_v5", "text") for line in range(9)),
    ]
    run = replace(make_run(Unchanged("b.py", ())), mentions=tuple(told))
    lines = list(summary_lines(run, show_secrets=False))
    assert lines[:3] == [
        "configuration and scripts that name v5, to be changed by hand (11):",
        "  a.toml:3: app.websocket_v5",
        "  run.sh:1: websocket_v5",
    ]
    assert lines[11] == "  ... and 1 more; see --report"
    assert "nothing left to do" not in lines
    assert run.exit_code == 0
