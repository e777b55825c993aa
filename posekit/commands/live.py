"""poses on a camera, a video or a folder of images; frames never leave this machine"""

from __future__ import annotations

from ..live import pipeline
from . import options_of, place


def add_options(parser) -> None:
    about = "camera number, video or image file, or folder of images"
    parser.add_argument("--source", type=place, default="0", metavar="0|FILE|FOLDER", help=about)
    about = "a network of this course: crowd, heatmap, ..., or a .safetensors or .onnx file "
    about += "(default: BlazePose, or heatmap_photos without its bundle)"
    parser.add_argument("--model", metavar="NAME", help=about)
    about = "write here, without a window"
    parser.add_argument("--out", type=place, metavar="FILE|FOLDER", help=about)


def add_more_options(parser, args, rest) -> None:
    """Those of the detector that will be used, and of the files that wrap it."""
    detector = pipeline.detector_file(pipeline.default_model(args.model))
    wrappers = pipeline.wrapper_files(rest)
    for file in (detector, *wrappers):
        file.add_options(parser)
    parser.set_defaults(detector=detector, wrappers=wrappers)


def run(args) -> int:
    def wrap(detector):
        for file in args.wrappers:
            within = f"{detector.about} "
            detector = file.wrap(detector, **options_of(file.add_options, args))
            print(detector.about.removeprefix(within), flush=True)
        return detector

    options = options_of(args.detector.add_options, args)
    return pipeline.run_live(args.source, args.out, args.model, wrap, **options)
