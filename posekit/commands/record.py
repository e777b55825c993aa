"""landmarks of an action as a text file; frames never leave this machine"""

from __future__ import annotations

from pathlib import Path

from ..datasets import write_recording
from ..errors import InputError
from ..live.recording import record


def add_options(parser) -> None:
    parser.add_argument("action", metavar="ACTION", help="what is done: the file's name")
    about = "camera number (Ctrl-C ends), video, or folder of frames in order"
    parser.add_argument("--source", default="0", metavar="0|FILE|FOLDER", help=about)
    about = "where ACTION.txt is written (default: recordings/me)"
    parser.add_argument("--out", type=Path, default="recordings/me", metavar="DIR", help=about)


def run(args) -> int:
    path = args.out / f"{args.action}.txt"
    if Path(args.action).name != args.action:
        raise InputError(f"{args.action!r} is no name of a file: an action is a word, WALK say.")
    if path.exists():
        raise InputError(f"{path} is there already: delete it, or record under another name.")
    found = record(args.source)
    write_recording(path, found.landmarks)
    print(f"Written: {path}, {len(found)} frames, {len(found) / found.fps:.1f} s.")
    return 0
