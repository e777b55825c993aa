"""The command line: ``posekit COMMAND``, each a file of `posekit.commands`, found by its name.

What the user can put right is one sentence on stderr and exit status 2, or 1 where a check
found something wrong. ``POSEKIT_DEBUG=1`` shows the traceback as well.
"""

from __future__ import annotations

import argparse
import ast
import io
import os
import pkgutil
import sys
from importlib import import_module
from pathlib import Path

from . import __version__, commands, environment
from .errors import InputError


def _commands() -> dict[str, str]:
    """Every command and the first line of its file, which is its help; no file is imported."""
    found = {}
    for module in pkgutil.iter_modules(commands.__path__):
        path = Path(module.module_finder.path, f"{module.name}.py")
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        found[module.name] = docstring.splitlines()[0]
    return found


def _parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="posekit",
        description="Human pose estimation, from the first keypoint to actions in live video.",
    )
    parser.add_argument("--version", action="version", version=f"posekit {__version__}")
    choices = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, about in _commands().items():
        # In full only: what `_FirstReading` takes for an option must be one in the end.
        chosen = choices.add_parser(name, help=about, description=about, allow_abbrev=False)
        if argv[:1] == [name]:  # only this one is imported
            command = import_module(f"posekit.commands.{name}")
            command.add_options(chosen)
            chosen.set_defaults(run=command.run, parser=chosen)
            if hasattr(command, "add_more_options"):
                _add_more_options(command, chosen, argv[1:])
    args, unknown = parser.parse_known_args(argv)
    if unknown:  # with the usage of the command, not that of posekit
        args.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    return args


class _FirstReading(argparse.ArgumentParser):
    """Reads what it knows and says nothing of the rest."""

    def error(self, message):
        raise argparse.ArgumentError(None, message)


def _add_more_options(command, parser: argparse.ArgumentParser, words: list[str]) -> None:
    """Let a command add the options that depend on another's value, a checkpoint's say."""
    first = _FirstReading(add_help=False, allow_abbrev=False)
    command.add_options(first)
    for action in first._actions:  # argparse has no public list; `eval NAME --help` lacks --data
        action.required = action.required and not action.option_strings
    others = [word for word in words if word not in ("-h", "--help")]
    try:
        args, rest = first.parse_known_args(others)
    except argparse.ArgumentError:
        return  # the real parser says what is wrong, or shows its help
    try:
        command.add_more_options(parser, args, rest)
    except InputError:
        if others == words:  # help is given whatever is wrong
            raise


def main(argv: list[str] | None = None) -> int:
    """Run one command; the exit status is 0 when all went well."""
    for stream in (sys.stdout, sys.stderr):  # a terminal in cp1251 has no superscript two
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        args = _parse(sys.argv[1:] if argv is None else argv)
        return args.run(args) or 0
    except BrokenPipeError:  # `| head` has read enough; what Python still holds goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 141  # as a program that SIGPIPE ends
    except (InputError, OSError, MemoryError) as error:
        if environment.debug():
            raise
        said = str(error) or "there is not enough memory: give smaller numbers."
        if place := getattr(error, "filename", None):  # of the system's errors
            said = f"{place} cannot be used ({error.strerror}): name another, or free some space."
        print(f"posekit: {said}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("posekit: stopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
