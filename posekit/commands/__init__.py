"""One file for each command of ``posekit``, found by its name.

The first line of a file is the command's help. It has ``add_options(parser)`` and ``run(args)``,
which returns the exit status, and may have ``add_more_options(parser, args, rest)`` for options
that depend on the value of another: ``args`` is what could be read so far, ``rest`` the others.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path


def place(text: str) -> Path:
    """What `add_options` gives as the type of a file or folder: ``~`` is the user's own.

    Nothing at all, which a variable of the shell that is not set gives, would be the folder that
    the program runs in.
    """
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty: name a file or a folder")
    return Path(os.path.expanduser(text))


def options_of(add_options: Callable, args: argparse.Namespace) -> dict:
    """What of the arguments of a command line belongs to one ``add_options``, by name."""
    own = argparse.ArgumentParser(add_help=False)
    add_options(own)
    return {name: getattr(args, name) for name in vars(own.parse_args([]))}
