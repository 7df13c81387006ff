"""``upbit-ws completion``: completion scripts made from the command's own parser."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from .arguments import DATA_TYPES, Subparsers

__all__ = ["add_parser", "run"]

_EXAMPLES: Final = """\
examples:
  upbit-ws completion bash > ~/.local/share/bash-completion/completions/upbit-ws
  upbit-ws completion zsh > "${fpath[1]}/_upbit-ws"
  upbit-ws completion fish > ~/.config/fish/completions/upbit-ws.fish
  upbit-ws completion powershell | Out-String | Invoke-Expression
"""


@dataclass(frozen=True, slots=True)
class Command:
    """A command as completion needs it: options with their help, words for its arguments."""

    name: str
    summary: str
    options: tuple[tuple[str, str], ...]
    words: tuple[str, ...]


def add_parser(subparsers: Subparsers) -> None:
    """Add ``completion`` to the command's subcommands."""
    parser = subparsers.add_parser(
        "completion",
        help="print a completion script for a shell",
        description="Print a completion script for a shell.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("shell", choices=sorted(_SCRIPTS))


def run(args: argparse.Namespace) -> int:
    """Print the script."""
    print(_SCRIPTS[args.shell](_commands()))
    return 0


def _commands() -> list[Command]:
    from . import ALIASES, build_parser

    parser = build_parser()
    (subparsers,) = (
        action for action in parser._actions if isinstance(action, argparse._SubParsersAction)
    )
    summaries = {choice.dest: choice.help or "" for choice in subparsers._choices_actions}
    commands = {
        name: Command(name, summaries[name], _options(command), _words(command))
        for name, command in subparsers.choices.items()
    }
    aliases = [replace(commands[name], name=alias) for alias, name in ALIASES.items()]
    return [*commands.values(), *aliases]


def _options(command: argparse.ArgumentParser) -> tuple[tuple[str, str], ...]:
    return tuple(
        (option, (action.help or "").replace("'", ""))
        for action in command._actions
        for option in action.option_strings
        if option.startswith("--")
    )


def _words(command: argparse.ArgumentParser) -> tuple[str, ...]:
    """What may stand as the first argument: a positional's choices, or the data types."""
    positional = next((a for a in command._actions if not a.option_strings), None)
    if positional is None:
        return ()
    if positional.choices:
        return tuple(str(choice) for choice in positional.choices)
    return DATA_TYPES if positional.dest in ("type", "types") else ()


def _bash(commands: list[Command]) -> str:
    cases = "\n".join(
        f"    {command.name}) words='{' '.join(_all_words(command))}' ;;" for command in commands
    )
    names = " ".join(command.name for command in commands)
    return f"""\
_upbit_ws() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} words='{names} --help --version'
  if [ "$COMP_CWORD" -gt 1 ]; then
    case ${{COMP_WORDS[1]}} in
{cases}
    *) words='' ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ ${{#COMPREPLY[@]}} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
}}
complete -F _upbit_ws upbit-ws"""


def _all_words(command: Command) -> list[str]:
    return [*command.words, *(option for option, _ in command.options)]


def _zsh(commands: list[Command]) -> str:
    names = " ".join(f"'{command.name}:{command.summary}'" for command in commands)
    cases = "\n".join(
        "  {}) choices=({}) ;;".format(
            command.name,
            " ".join(
                [f"'{word}'" for word in command.words]
                + [f"'{option}:{text}'" for option, text in command.options]
            ),
        )
        for command in commands
    )
    return f"""\
#compdef upbit-ws
local -a choices
if (( CURRENT == 2 )); then
  choices=({names})
  _describe command choices
  return
fi
case $words[2] in
{cases}
esac
_describe argument choices || _files"""


def _fish(commands: list[Command]) -> str:
    complete = "complete -c upbit-ws"
    lines = [f"{complete} -f"]
    for command in commands:
        first = f"{complete} -n __fish_use_subcommand"
        later = f"{complete} -n '__fish_seen_subcommand_from {command.name}'"
        lines.append(f"{first} -a {command.name} -d '{command.summary}'")
        lines += [f"{later} -l {option[2:]} -d '{text}'" for option, text in command.options]
        if command.words:
            lines.append(f"{later} -a '{' '.join(command.words)}'")
    return "\n".join(lines)


def _powershell(commands: list[Command]) -> str:
    def array(words: Iterable[str]) -> str:
        return "@(" + ", ".join(f"'{word}'" for word in words) + ")"

    words = "\n".join(f"    '{each.name}' = {array(_all_words(each))}" for each in commands)
    names = array([*(command.name for command in commands), "--help", "--version"])
    return f"""\
Register-ArgumentCompleter -Native -CommandName upbit-ws -ScriptBlock {{
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @{{
{words}
  }}
  $given = @($commandAst.CommandElements | ForEach-Object {{ $_.ToString() }})
  $choices = {names}
  if ($given.Count -gt 2 -or ($given.Count -eq 2 -and -not $wordToComplete)) {{
    $choices = $words[$given[1]]
  }}
  $choices | Where-Object {{ $_ -like "$wordToComplete*" }} | ForEach-Object {{
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }}
}}"""


_SCRIPTS: Final[dict[str, Callable[[list[Command]], str]]] = {
    "bash": _bash,
    "fish": _fish,
    "powershell": _powershell,
    "zsh": _zsh,
}
