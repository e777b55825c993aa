"""score a checkpoint on a data set"""

from __future__ import annotations

from pathlib import Path

from .. import evaluation, onnx_networks, tasks
from . import options_of


def add_options(parser) -> None:
    parser.add_argument(
        "checkpoint", metavar="CHECKPOINT", help="a name, or a .safetensors or .onnx file"
    )
    parser.add_argument("--data", required=True, metavar="NAME:SPLIT", help="lsp:test, say")
    parser.add_argument("--root", type=Path, metavar="DIR", help="where data sets are kept")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure here")


def add_more_options(parser, args, rest) -> None:
    """Those of the checkpoint's kind of learning."""
    recipe = tasks.get(onnx_networks.card(args.checkpoint)["recipe"])
    recipe.add_options(parser)
    parser.set_defaults(recipe=recipe)


def run(args) -> int:
    options = options_of(args.recipe.add_options, args)
    loaded = onnx_networks.load_pretrained(args.checkpoint)
    found = tasks.evaluate(loaded, args.data, args.root, **options)
    print(args.recipe.table(found))
    if args.json:
        evaluation.write_json(found, args.json)
    return 0
