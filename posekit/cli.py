"""The command line: ``posekit data``, ``posekit live``, ``posekit doctor``.

What the user can put right is one sentence on stderr and exit status 2, or 1 where a check
found something wrong. ``POSEKIT_DEBUG=1`` shows the traceback as well.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from . import __version__
from .errors import InputError


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="posekit", description="Human pose estimation, from "
                                     "the first keypoint to actions in live video.")  # fmt: skip
    parser.add_argument("--version", action="version", version=f"posekit {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_data(commands)
    _add_live(commands)
    doctor = commands.add_parser("doctor", help="what is installed, what is missing, what mends it")
    doctor.set_defaults(run=_doctor)
    return parser


def _add_data(commands):
    data = commands.add_parser("data", help="list, get and check data sets and models")
    actions = data.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="every data set: what, how large, which terms, where")
    getting = actions.add_parser("get", help="download, verify and unpack one")
    checking = actions.add_parser("check", help="open every file of one and count what is wrong")
    for sub in (getting, checking):
        sub.add_argument("name", metavar="NAME")
    for sub in (listing, getting, checking):
        sub.add_argument("--root", type=Path, metavar="DIR", help="where data sets are kept "
                         "(default: POSEKIT_DATA, or the user's cache folder)")  # fmt: skip
    for sub in (listing, getting, checking):
        sub.add_argument("--mirror", metavar="M", help="a folder or http address to prefer over "
                         "the official site (default: POSEKIT_MIRROR)")  # fmt: skip
    listing.set_defaults(run=lambda args: _store().print_list(args.root, args.mirror))
    getting.set_defaults(run=lambda args: _store().print_get(args.name, args.root, args.mirror))
    checking.set_defaults(run=lambda args: _store().print_check(args.name, args.root, args.mirror))


def _add_live(commands):
    live = commands.add_parser("live", help="poses on a camera, a video or a folder of images; "
                               "frames never leave this machine")  # fmt: skip
    live.add_argument("--source", default="0", metavar="0|FILE|FOLDER",
                      help="camera number, video or image file, or folder of images")  # fmt: skip
    live.add_argument("--poses", type=int, default=1, metavar="N", help="at most N people")
    live.add_argument("--out", type=Path, metavar="FILE", help="write the drawn video here")
    live.set_defaults(run=_live)


def _store():
    from .data import store

    return store


def _live(args) -> int:
    from .live import run_live

    return run_live(args.source, poses=args.poses, out=args.out)


def _doctor(args) -> int:
    from .doctor import print_report

    return print_report()


def main(argv: list[str] | None = None) -> int:
    """Run one command; the exit status is 0 when all went well."""
    args = _parser().parse_args(argv)
    try:
        return args.run(args) or 0
    except (InputError, OSError) as error:
        if os.environ.get("POSEKIT_DEBUG"):
            raise
        print(f"posekit: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("posekit: stopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
