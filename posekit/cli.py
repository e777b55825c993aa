"""The command line: ``posekit data``, ``live``, ``train``, ``eval``, ``doctor``.

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
    parser = argparse.ArgumentParser(
        prog="posekit",
        description="Human pose estimation, from the first keypoint to actions in live video.",
    )
    parser.add_argument("--version", action="version", version=f"posekit {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_data(commands)
    _add_live(commands)
    _add_train(commands)
    _add_eval(commands)
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
        sub.add_argument(
            "--root",
            type=Path,
            metavar="DIR",
            help="where data sets are kept (default: POSEKIT_DATA, or the user's cache folder)",
        )
    for sub in (listing, getting, checking):
        sub.add_argument(
            "--mirror",
            metavar="M",
            help="a folder or http address to prefer over "
            "the official site (default: POSEKIT_MIRROR)",
        )
    listing.set_defaults(run=lambda args: _store().print_list(args.root, args.mirror))
    getting.set_defaults(run=lambda args: _store().print_get(args.name, args.root, args.mirror))
    checking.set_defaults(run=lambda args: _store().print_check(args.name, args.root, args.mirror))


def _add_live(commands):
    live = commands.add_parser(
        "live",
        help="poses on a camera, a video or a folder of images; frames never leave this machine",
    )
    live.add_argument(
        "--source",
        default="0",
        metavar="0|FILE|FOLDER",
        help="camera number, video or image file, or folder of images",
    )
    live.add_argument("--poses", type=int, default=1, metavar="N", help="at most N people")
    live.add_argument(
        "--model",
        metavar="NAME",
        help="a network of this course: heatmap_lsp, "
        "heatmap, cnn, ... (default: BlazePose, or heatmap_lsp without its bundle)",
    )
    live.add_argument("--out", type=Path, metavar="FILE", help="write the drawn video here")
    live.set_defaults(run=_live)


def _add_train(commands):
    train = commands.add_parser("train", help="run a named training; --resume goes on after a stop")
    train.add_argument("recipe", metavar="RECIPE", help="cnn, resnet50, ...")
    train.add_argument("--profile", default="full", metavar="P", help="smoke, quick or full")
    train.add_argument(
        "--dataset",
        metavar="D",
        help="what to learn from, lsp+lspet, say (default: the recipe's own)",
    )
    train.add_argument("--epochs", type=int, metavar="N", help="instead of the profile's")
    train.add_argument("--seed", type=int, default=0, metavar="S")
    train.add_argument("--resume", action="store_true", help="go on from the last saved epoch")
    train.add_argument(
        "--folder",
        type=Path,
        metavar="DIR",
        help="where to save (default: runs/RECIPE-PROFILE-DATASET)",
    )
    train.add_argument("--root", type=Path, metavar="DIR", help="where data sets are kept")
    train.set_defaults(run=_train)


def _add_eval(commands):
    scoring = commands.add_parser("eval", help="score a checkpoint on a data set")
    scoring.add_argument("checkpoint", metavar="CHECKPOINT", help="a name, or a .safetensors file")
    scoring.add_argument("--data", required=True, metavar="NAME:SPLIT", help="lsp:test, say")
    scoring.add_argument("--root", type=Path, metavar="DIR", help="where data sets are kept")
    scoring.add_argument(
        "--box",
        default="person",
        metavar="B",
        help="what the network sees: person (the box around the person) or image (all of it)",
    )
    scoring.add_argument("--flip", action="store_true", help="average with the mirror image")
    scoring.add_argument("--people", type=int, metavar="N", help="so many synthetic people")
    scoring.add_argument("--json", type=Path, metavar="FILE", help="write every figure here")
    scoring.set_defaults(run=_eval)


def _store():
    from .data import store

    return store


def _live(args) -> int:
    from .live import run_live

    return run_live(args.source, poses=args.poses, out=args.out, model=args.model)


def _train(args) -> int:
    from .recipes import train

    path = train(
        args.recipe,
        args.profile,
        args.dataset,
        epochs=args.epochs,
        seed=args.seed,
        resume=args.resume,
        folder=args.folder,
        root=args.root,
    )
    print(f"saved: {path}")
    return 0


def _eval(args) -> int:
    from .evaluation import table, write_json
    from .recipes import evaluate

    found = evaluate(
        args.checkpoint, args.data, args.root, box=args.box, flip=args.flip, people=args.people
    )
    print(table(found))
    if args.json:
        write_json(found, args.json)
    return 0


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
