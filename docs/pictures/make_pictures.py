"""Make the screenshots of the documents, from real runs against a local exchange.

    python docs/pictures/make_pictures.py [--out FOLDER] [NAME ...]

Terminals become SVG; pages are photographed by Chromium, the chart paints itself. Needs the extras
`cli`, `migrate` and `qt`, and Chromium; without a name all pictures are made.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from websocket_v6.testing import TEST_ACCESS_KEY, TEST_SECRET_KEY, ExchangeEmulator

REPOSITORY = Path(__file__).parents[2]
EXAMPLES = REPOSITORY / "examples"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
COLUMNS = 80
TIMEOUT = 120

THEME = TerminalTheme(
    (250, 250, 248),
    (34, 49, 63),
    [
        (34, 49, 63), (210, 69, 69), (46, 125, 80), (150, 105, 20),
        (59, 111, 212), (130, 80, 160), (20, 120, 130), (90, 104, 117),
    ],
)  # fmt: skip
SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" class="rich-terminal" viewBox="0 0 {width} {height}" role="img">
<style>
.{unique_id}-matrix {{ font-family: 'DejaVu Sans Mono', Menlo, Consolas, monospace; \
font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-size: 18px; font-family: system-ui, 'DejaVu Sans', sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">\
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""Rich's own frame loads a font from elsewhere; this one takes what the reader has."""


async def watch(out: Path) -> None:
    """`upbit-ws watch ticker`, as it stands after some hundred frames."""
    symbols = ("KRW-BTC", "KRW-ETH", "KRW-XRP", "KRW-SOL", "KRW-DOGE")
    await terminal(out / "watch.svg", "upbit-ws", "watch", "ticker", *symbols, "--count", "600")


async def watch_orderbook(out: Path) -> None:
    """`upbit-ws watch orderbook`."""
    words = ("watch", "orderbook", "KRW-BTC", "--depth", "8", "--count", "100")
    await terminal(out / "watch-orderbook.svg", "upbit-ws", *words)


async def doctor(out: Path) -> None:
    """`upbit-ws doctor`, with keys."""
    await terminal(out / "doctor.svg", "upbit-ws", "doctor")


async def migration_report(out: Path) -> None:
    """The page of `upbit-migrate run --report` over the legacy example."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "application"
        shutil.copytree(EXAMPLES / "legacy_app", root, ignore=shutil.ignore_patterns("__pycache__"))
        report = Path(folder) / "report.html"
        command = ("-m", "codemods", "run", "application", "--report", str(report))
        await finish(command, folder, {}, allowed=(0, 1))
        page = report.read_text(encoding="utf-8").replace(folder, "~/projects")
        report.write_text(page, encoding="utf-8")
        await photograph(report, out / "migration-report.png", 1200, 760)
        only_files = "<style>header, section:not(#files) { display: none }</style></head>"
        page = page.replace("</head>", only_files).replace(
            '<details class="file"', '<details open class="file"'
        )
        report.write_text(page, encoding="utf-8")
        await photograph(report, out / "migration-changes.png", 1200, 760)


async def proof_report(out: Path) -> None:
    """The page of `upbit-migrate demo`: a program before and after its migration."""
    with tempfile.TemporaryDirectory() as folder:
        await finish(("-m", "codemods", "demo", "--work", "demo", "--frames", "200"), folder, {})
        await photograph(Path(folder) / "demo" / "report.html", out / "proof-report.png", 1200, 900)


async def parity_report(out: Path) -> None:
    """The page of `upbit-migrate parity`: a legacy client and a proxy side by side."""
    with tempfile.TemporaryDirectory() as folder:
        words = ("-m", "codemods", "parity", "--symbols", "KRW-BTC,KRW-ETH")
        words += ("--types", "ticker,trade,orderbook", "--frames", "200", "--html", "parity.html")
        await finish(words, folder, {})
        await photograph(Path(folder) / "parity.html", out / "parity-report.png", 1200, 900)


async def qt_chart(out: Path) -> None:
    """The window of `examples/qt_chart`."""
    async with ExchangeEmulator(rate=100.0, seed=4) as exchange:
        words = ("main.py", "--points", "300", "--screenshot", str(out / "qt-chart.png"))
        environment = {"UPBIT_WS_URL": exchange.url, "QT_QPA_PLATFORM": "offscreen"}
        await finish(words, str(EXAMPLES / "qt_chart"), environment)


PICTURES: dict[str, Callable[[Path], object]] = {
    function.__name__.replace("_", "-"): function
    for function in (
        watch, watch_orderbook, doctor, migration_report, proof_report, parity_report, qt_chart
    )
}  # fmt: skip


async def terminal(picture: Path, *words: str) -> None:
    """Run a command on a terminal of its own and draw what stands there at the end."""
    async with ExchangeEmulator(rate=40.0, seed=7) as exchange:
        environment = {
            "UPBIT_WS_URL": exchange.url,
            "UPBIT_ACCESS_KEY": TEST_ACCESS_KEY,
            "UPBIT_SECRET_KEY": TEST_SECRET_KEY,
        }
        shown = await asyncio.to_thread(on_terminal, words, environment)
        shown = re.sub(rf"\b{exchange.port}\b", "8765", shown)
    draw(picture, " ".join(words), shown)


def on_terminal(words: tuple[str, ...], environment: dict[str, str]) -> str:
    """Everything a command writes to a terminal; the escape sequences are in it."""
    import pty  # POSIX only, like the terminal it opens

    master, slave = pty.openpty()
    command = [sys.executable, "-m", "websocket_v6", *words[1:]]
    size = {"COLUMNS": str(COLUMNS), "LINES": "40", "TERM": "xterm-256color"}
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=os.environ | environment | size
    )
    os.close(slave)
    written = bytearray()
    while True:
        try:
            some = os.read(master, 65536)
        except OSError:  # the other end is closed
            break
        if not some:
            break
        written += some
    os.close(master)
    code = process.wait(TIMEOUT)
    text = written.decode("utf-8")
    if code:
        raise SystemExit(f"{' '.join(words)} ended with {code}:\n{text}")
    return text


def draw(picture: Path, command: str, shown: str) -> None:
    last = shown.rpartition("\x1b[2K")[2]  # a live table clears its lines before it draws anew
    last = re.sub(r"\x1b\[\?\d+[hl]", "", last).replace("\r", "")
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True)
        console.print(Text.from_ansi(f"$ {command}\n\n{last.strip(chr(10))}"))
        svg = console.export_svg(
            title="", theme=THEME, code_format=SVG, unique_id=picture.stem, font_aspect_ratio=0.6
        )
    picture.write_text(svg, encoding="utf-8")


async def finish(
    words: tuple[str, ...],
    folder: str,
    environment: dict[str, str],
    allowed: tuple[int, ...] = (0,),
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, cwd=folder, env=os.environ | environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    async with asyncio.timeout(TIMEOUT):
        output, _ = await process.communicate()
    if process.returncode not in allowed:
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}:\n{output.decode()}")


async def photograph(page: Path, picture: Path, width: int, height: int) -> None:
    """The top of a page, as a window of this size shows it."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise SystemExit(f"no browser for {picture.name}: install one of {', '.join(BROWSERS)}")
    with tempfile.TemporaryDirectory() as profile:
        process = await asyncio.create_subprocess_exec(
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            # Otherwise a tile that is not painted yet stays white.
            "--run-all-compositor-stages-before-draw", "--virtual-time-budget=2000",
            f"--user-data-dir={profile}", f"--window-size={width},{height}",
            f"--screenshot={picture}", page.resolve().as_uri(),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        async with asyncio.timeout(TIMEOUT):
            await process.wait()
    if not picture.exists():
        raise SystemExit(f"{browser} made no {picture.name}")


async def make(names: list[str], out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name in names or PICTURES:
        await PICTURES[name](out.resolve())  # type: ignore[misc]
        print(name)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[[], *PICTURES])
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    arguments = parser.parse_args()
    asyncio.run(make(arguments.names, arguments.out))
