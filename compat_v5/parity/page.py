"""A verdict as one self-contained HTML page: no script, nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from string import Template

from .known_defects import DEFECTS
from .plots import arrivals_plot, delay_plot
from .verdict import Difference, TopicResult, Verdict
from .wording import headline, memory_words, milliseconds, socket_words

__all__ = ["page"]

_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
:root { color-scheme: light dark; --ink: #1c2430; --soft: #667085; --line: #d0d5dd; --back: #fff;
  --panel: #f7f8fa; --left: #b45309; --right: #1d4ed8; --good: #067647; --bad: #b42318; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --soft: #98a2b3; --line: #344054;
  --back: #101418; --panel: #181d24; --left: #f59e0b; --right: #60a5fa; --good: #47cd89;
  --bad: #f97066; } }
body { margin: 2rem auto; max-width: 1100px; padding: 0 1rem; color: var(--ink);
  background: var(--back); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
.verdict { font-weight: 600; margin: .5rem 0 1rem; }
.same { color: var(--good); } .different { color: var(--bad); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: right;
  white-space: nowrap; }
th:first-child, td:first-child { text-align: left; } th { color: var(--soft); font-weight: 500; }
pre { background: var(--panel); padding: .6rem .8rem; overflow-x: auto; border-radius: 6px;
  white-space: pre-wrap; overflow-wrap: anywhere; }
.cards { display: grid; gap: 1rem;
  grid-template-columns: repeat(auto-fit, minmax(min(440px, 100%), 1fr)); }
svg { max-width: 100%; height: auto; }
figure { margin: 0; padding: .6rem .8rem; background: var(--panel); border-radius: 6px; }
figcaption { color: var(--soft); font-size: .85rem; }
svg text { font: 11px system-ui, sans-serif; fill: var(--soft); }
.axis { fill: none; stroke: var(--line); } .line { fill: none; stroke-width: 1.6; }
.line.left { stroke: var(--left); stroke-width: 4; opacity: .45; }
.line.right { stroke: var(--right); }
.bar.left { fill: var(--left); } .bar.right { fill: var(--right); }
.key::before { content: ""; display: inline-block; width: .8em; height: .8em; margin-right: .3em;
  border-radius: 2px; background: currentColor; }
.key.left { color: var(--left); margin-right: 1rem; } .key.right { color: var(--right); }
.kind { font-weight: 600; }
</style>
</head>
<body>
<h1>$title</h1>
<p class="verdict $outcome">$headline</p>
<p><span class="key left">$left</span><span class="key right">$right</span></p>
$facts
<h2>Topics</h2>
<div class="scroll"><table>
<thead><tr><th>topic</th><th>frames</th><th>snapshots</th><th>compared</th><th>missing</th>
<th>repeated</th><th>out of order</th>$first_data</tr></thead>
<tbody>
$rows
</tbody></table></div>
<p>Two numbers in a cell are $left / $right. Frames are REALTIME frames.</p>
$differences
$known
$notes
$plots
</body>
</html>
""")


def page(verdict: Verdict, *, title: str, facts: Sequence[tuple[str, str]] = ()) -> str:
    """The page.

    Args:
        facts: rows for the list at the top, beside sockets and memory.
    """
    left, right = verdict.left, verdict.right
    shown = [
        *facts,
        ("Sockets", f"{left.label}: {socket_words(left)}; {right.label}: {socket_words(right)}"),
    ]
    if left.memory_bytes is not None:
        memory = f"{left.label}: {memory_words(left)}; {right.label}: {memory_words(right)}"
        shown.append(("Memory", memory))
    timed = any(value is not None for result in verdict.topics for value in result.first_data)
    return _PAGE.substitute(
        title=escape(title),
        outcome="same" if verdict.same else "different",
        headline=escape(headline(verdict)),
        left=escape(left.label),
        right=escape(right.label),
        facts=_facts(shown),
        first_data="<th>first data</th>" if timed else "",
        rows="\n".join(_row(result, timed=timed) for result in verdict.topics),
        differences=_section("Differences", [_difference(item) for item in verdict.failures]),
        known=_section("Known defects of the old package", [_known(i) for i in verdict.known]),
        notes=_section("Notes", [f"<p>{escape(note)}</p>" for note in verdict.notes]),
        plots=_section("Over time", [_plots(verdict)]),
    )


def _facts(facts: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in facts
    )
    return f'<div class="scroll"><table style="width:auto"><tbody>{rows}</tbody></table></div>'


def _row(result: TopicResult, *, timed: bool) -> str:
    cells = [
        str(result.topic),
        f"{result.frames[0]} / {result.frames[1]}",
        f"{result.snapshots[0]} / {result.snapshots[1]}",
        str(result.compared),
        f"{result.missing[0]} / {result.missing[1]}",
        f"{result.duplicated[0]} / {result.duplicated[1]}",
        str(result.out_of_order),
    ]
    if timed:
        cells.append(" / ".join(milliseconds(value) for value in result.first_data))
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _section(title: str, parts: Sequence[str]) -> str:
    body = "\n".join(part for part in parts if part)
    return f"<h2>{escape(title)}</h2>\n{body}" if body else ""


def _difference(item: Difference) -> str:
    context = "\n".join(item.context)
    shown = f"<pre>{escape(context)}</pre>" if context else ""
    return f'<p><span class="kind">{item.kind.value}</span> {escape(item.detail)}</p>{shown}'


def _known(item: Difference) -> str:
    about = DEFECTS.get(item.defect or "", "")
    return (
        f'<p><span class="kind">{escape(item.defect or "")}</span> {escape(about)}. '
        f"Seen: {escape(item.detail)}</p>"
    )


def _plots(verdict: Verdict) -> str:
    labels = (verdict.left.label, verdict.right.label)
    figures = []
    for result in verdict.topics:
        # A delivery trace keeps no times: nothing to plot then.
        if not any(any(side) for side in result.arrivals):
            continue
        topic = escape(str(result.topic))
        figures.append(
            f"<figure>{arrivals_plot(labels, result.arrivals)}"
            f"<figcaption>{topic}: frames over time</figcaption></figure>"
        )
        if any(result.delays):
            figures.append(
                f"<figure>{delay_plot(labels, result.delays)}"
                f"<figcaption>{topic}: delay behind the faster side</figcaption></figure>"
            )
    return f'<div class="cards">{"".join(figures)}</div>' if figures else ""
