"""landmarks of an action as a text file; frames never leave this machine"""

from __future__ import annotations

from pathlib import Path

from ..datasets import write_recording
from ..errors import InputError
from ..live.recording import record
from ..locks import locked
from . import place


def add_options(parser) -> None:
    parser.add_argument("action", metavar="ACTION", help="what is done: the file's name")
    about = {"help": "camera number (Ctrl-C ends), video, or folder of frames in order"}
    parser.add_argument("--source", type=place, default="0", metavar="0|FILE|FOLDER", **about)
    about = "where ACTION.txt is written (default: recordings/me)"
    parser.add_argument("--out", type=place, default="recordings/me", metavar="DIR", help=about)


def run(args) -> int:
    path = args.out / f"{args.action}.txt"
    if Path(args.action).name != args.action or args.action.strip()[:1] in ("", "."):
        raise InputError(f"{args.action!r} is no name of a file: an action is a word, WALK say.")
    if path.exists():
        raise InputError(f"{path} is there already: delete it, or record under another name.")
    # Before a minute of film is taken; a folder that is not there yet is made with the file alone.
    folder = next(part for part in path.absolute().parents if part.exists())
    with locked(folder / f".{args.action}.lock"):
        found = record(args.source)
        write_recording(path, found.landmarks)
    print(f"Written: {path}, {len(found)} frames, {len(found) / found.fps:.1f} s.")
    return 0
