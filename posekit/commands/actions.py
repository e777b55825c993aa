"""name the actions of a recording of landmarks, or of a video"""

from __future__ import annotations

from .. import checkpoints, datasets
from ..live.recording import record
from ..tasks.landmark_actions import check_names_actions, named
from . import place


def add_options(parser) -> None:
    parser.add_argument("file", type=place, metavar="FILE", help="a recording (.txt), or a video")
    about = "a network of landmarks, or a .safetensors file (default: actions)"
    parser.add_argument("--model", default="actions", metavar="NAME", help=about)


def run(args) -> int:
    model, card = checkpoints.load_pretrained(args.model)
    check_names_actions(card)  # before the video, which may take minutes
    if args.file.suffix.lower() == ".txt":
        about = {"id": str(args.file), "fps": datasets.landmarks.FPS}
        clip = datasets.recording(datasets.read_recording(args.file), **about)
    else:
        clip = record(args.file)
    for first, action, sure in named(model, card, clip):
        start, end = first / clip.fps, (first + card["frames"]) / clip.fps
        print(f"{start:7.1f} s to {end:5.1f} s  {action:16}{100 * sure:4.0f} %")
    return 0
