"""``upbit-migrate run``: rewrite the files of a project."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from codemods.config import Settings, read_settings
from codemods.exceptions import MissingExtraError, UsageError
from codemods.targets import Target, resolve_target
from compat_v5.whole_file import write_whole

if TYPE_CHECKING:
    from codemods.cli.main import Subparsers
    from codemods.options import Options
    from codemods.run import MigrationSummary, Run

__all__ = ["add_parser", "migrate", "run"]

_EPILOG = """\
Without --write nothing is touched: the patch goes to standard output, in a form `git apply`
takes, and the summary to standard error. Settings also come from [tool.upbit-migrate] in the
project's pyproject.toml.

examples:
  upbit-migrate run src                          show what would change
  upbit-migrate run . --write                    change the files, with a journal for `undo`
  upbit-migrate run . --report report.html       side-by-side view, reasons, what remains
  upbit-migrate run . --report report.sarif      for code scanning; .json for programs
  upbit-migrate run . --select UWS1              only the rules whose code begins so
  upbit-migrate run . --target-package app.websocket_v6
"""

_REPORT_SUFFIXES = (".html", ".json", ".sarif")


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "run",
        help="rewrite the files of a project; a dry run unless --write",
        description="Rewrite v5 code to v6 where that is safe; keep and mark the rest.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="directories of one project, or single files of it"
    )
    _add_output(parser.add_argument_group("output"))
    _add_choice(parser.add_argument_group("what is rewritten"))
    other = parser.add_argument_group("other")
    other.add_argument(
        "--jobs",
        type=_jobs,
        metavar="N",
        help="files read at the same time (default: 4)",
    )
    other.add_argument(
        "--allow-broad-root",
        action="store_true",
        help="accept the home directory or / as the project",
    )


def _add_output(output: argparse._ArgumentGroup) -> None:
    output.add_argument("--write", action="store_true", help="change the files")
    output.add_argument("--diff", action="store_true", help="print the patch also with --write")
    output.add_argument(
        "--report",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="write a report; FILE ends in .html, .json or .sarif; may be repeated",
    )
    output.add_argument(
        "--format",
        choices=("text", "json"),
        default="text",
        help="json: the whole result as JSON on standard output instead of the patch",
    )
    output.add_argument(
        "--show-secrets", action="store_true", help="print hunks that show literal keys, too"
    )


def _add_choice(choice: argparse._ArgumentGroup) -> None:
    choice.add_argument(
        "--select", action="append", metavar="UWSnnn", help="only these rules or families (UWS1)"
    )
    choice.add_argument("--ignore", action="append", metavar="UWSnnn", help="not these")
    choice.add_argument(
        "--unsafe",
        action="store_const",
        const=True,
        help="also the rules whose result a person must review",
    )
    choice.add_argument(
        "--entry",
        action="store_const",
        const=True,
        help="also the application's entry point: initialize at its start, shutdown at its end",
    )
    choice.add_argument(
        "--hoist-credentials",
        action="store_const",
        const=True,
        help="with one key pair in the whole tree: pass it to initialize instead of to each proxy",
    )
    choice.add_argument(
        "--target-package",
        metavar="NAME",
        help="import v6 from here (default: a websocket_v6 folder beside the v5 one, or else the "
        "installed websocket_v6)",
    )
    choice.add_argument(
        "--markdown", action="store_const", const=True, help="also fenced Python in Markdown"
    )
    choice.add_argument(
        "--exclude",
        action="append",
        metavar="PATTERN",
        help="do not rewrite, in .gitignore syntax; clients used there stay",
    )


def run(arguments: argparse.Namespace) -> int:
    """Do it; the exit status is that of the command."""
    target = resolve_target(arguments.paths, allow_broad_root=arguments.allow_broad_root)
    settings = _settings(arguments, target)
    _check_reports(arguments.report)
    if arguments.write:
        _refuse_read_only_root(target)
    options = _options(settings)
    result = _execute(target, settings, options, write=arguments.write)
    _print(result, arguments)
    # After the summary: what was written must be known even where a report cannot be.
    _write_reports(result, arguments.report, arguments.show_secrets)
    for report in arguments.report:
        print(f"report: {report}", file=sys.stderr)
    return result.exit_code


def migrate(root: Path, *, write: bool, report: Path | None, diff: Path | None) -> MigrationSummary:
    """A run for another part of the program: no output but the files it is told to write.

    Args:
        root: the project.
        report: where to put a report, by suffix; None for none.
        diff: where to put the patch, with paths relative to *root*; None for none.

    Raises:
        MigrationError: as the command would say.
    """
    target = resolve_target([os.fspath(root)])
    settings = read_settings(target.root)
    result = _execute(target, settings, _options(settings), write=write)
    if report is not None:
        _write_reports(result, [report], show_secrets=False)
    if diff is not None:
        from codemods.patches import run_patch

        parts = run_patch(result, working_directory=target.root, show_secrets=False)
        write_whole(diff, b"".join(parts))
    return result.summary(diff)


def _jobs(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = -1
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number; give 0 or more")
    return number


def _settings(arguments: argparse.Namespace, target: Target) -> Settings:
    given = Settings(
        select=_codes(arguments.select),
        ignore=_codes(arguments.ignore),
        exclude=tuple(arguments.exclude) if arguments.exclude else None,
        target_package=arguments.target_package,
        unsafe=arguments.unsafe,
        entry=arguments.entry,
        hoist_credentials=arguments.hoist_credentials,
        markdown=arguments.markdown,
        jobs=arguments.jobs,
    )
    return given.over(read_settings(target.root))


def _codes(given: list[str] | None) -> tuple[str, ...] | None:
    """Codes as typed: repeated, or several separated by commas."""
    if given is None:
        return None
    return tuple(code.strip() for text in given for code in text.split(",") if code.strip())


def _options(settings: Settings) -> Options:
    from codemods.options import Options

    name = settings.target_package
    if name is not None and not all(part.isidentifier() for part in name.split(".")):
        raise UsageError(
            f"{name!r} is no dotted package name; "
            "write for instance --target-package app.websocket_v6"
        )
    return Options(
        target_package=name,
        select=_known_codes(settings.select or ()),
        ignore=_known_codes(settings.ignore or ()),
        unsafe=bool(settings.unsafe),
        entry=bool(settings.entry),
        hoist_credentials=bool(settings.hoist_credentials),
    )


def _known_codes(codes: tuple[str, ...]) -> tuple[str, ...]:
    from codemods.registry import all_rules

    wanted = tuple(code.upper() for code in codes)
    for code in wanted:
        if not any(rule.code.startswith(code) for rule in all_rules()):
            raise UsageError(
                f"no rule has the code {code!r}; `upbit-migrate rules` lists all of them"
            )
    return wanted


def _refuse_read_only_root(target: Target) -> None:
    if not os.access(target.root, os.W_OK):
        raise UsageError(
            f"{target.root} is not writable, so no journal can be kept there; make it writable, "
            "or leave out --write and apply the patch elsewhere"
        )


def _check_reports(reports: list[Path]) -> None:
    from codemods.census import is_own_report

    for report in reports:
        if report.suffix.lower() not in _REPORT_SUFFIXES:
            raise UsageError(
                f"--report {report}: the name must end in {', '.join(_REPORT_SUFFIXES)}"
            )
        if report.suffix.lower() == ".html":
            _require("jinja2", "pygments")
        if report.is_dir() or not report.absolute().parent.is_dir():
            raise UsageError(f"--report {report}: its directory does not exist; make it first")
        if not os.access(report if report.exists() else report.absolute().parent, os.W_OK):
            raise UsageError(f"--report {report}: not writable; choose another place")
        if report.exists() and report.stat().st_size and not is_own_report(report.read_bytes()):
            raise UsageError(
                f"--report {report}: this file exists and is no report; choose another name"
            )


def _require(*libraries: str) -> None:
    """Fail before the work is done and not after it."""
    for name in libraries:
        try:
            importlib.import_module(name)
        except ImportError as error:
            raise MissingExtraError(name) from error


def _execute(target: Target, settings: Settings, options: Options, *, write: bool) -> Run:
    from codemods.cli.console import progress_bar
    from codemods.run import execute

    with progress_bar() as progress:
        return execute(
            target,
            options,
            write=write,
            jobs=settings.jobs or 0,
            markdown=bool(settings.markdown),
            exclude=settings.exclude or (),
            progress=progress,
        )


def _write_reports(result: Run, reports: list[Path], show_secrets: bool) -> None:
    from codemods.cli.version import tool_version

    for path in reports:
        suffix = path.suffix.lower()
        if suffix == ".html":
            from codemods.report.html import run_html

            text = run_html(
                result,
                tool_version=tool_version(),
                now=datetime.now(UTC),
                show_secrets=show_secrets,
            )
        elif suffix == ".sarif":
            from codemods.report.sarif import run_sarif

            text = run_sarif(result, tool_version=tool_version(), show_secrets=show_secrets)
        else:
            from codemods.report.json import run_json

            text = run_json(result, tool_version=tool_version(), show_secrets=show_secrets)
        try:
            write_whole(path, text.encode("utf-8", "backslashreplace"))
        except OSError as error:
            raise UsageError(f"--report {path} cannot be written: {error.strerror}") from error


def _print(result: Run, arguments: argparse.Namespace) -> None:
    from codemods.cli.console import write_patch
    from codemods.patches import run_patch
    from codemods.paths import patch_base
    from codemods.report.text import summary_lines

    if arguments.format == "json":
        from codemods.cli.version import tool_version
        from codemods.report.json import run_json

        text = run_json(result, tool_version=tool_version(), show_secrets=arguments.show_secrets)
        sys.stdout.write(text)
    elif arguments.diff or not arguments.write:
        here = Path.cwd()
        write_patch(run_patch(result, working_directory=here, show_secrets=arguments.show_secrets))
        if patch_base([result.root / c.path for c in result.changed], here, result.root) != here:
            print(f"the paths of the patch are relative to {result.root}", file=sys.stderr)
        if result.changed and sys.stdout.isatty():
            print(file=sys.stderr)
    for line in summary_lines(result, show_secrets=arguments.show_secrets):
        print(line, file=sys.stderr)
