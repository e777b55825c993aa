"""score a checkpoint on a data set"""

from __future__ import annotations

from .. import evaluation, onnx_networks, tasks
from ..files import check_writable
from . import options_of, place


def add_options(parser) -> None:
    about = "a name, or a .safetensors or .onnx file"
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help=about)
    parser.add_argument("--data", required=True, metavar="NAME:SPLIT", help="lsp:test, say")
    parser.add_argument("--root", type=place, metavar="DIR", help="where data sets are kept")
    parser.add_argument("--json", type=place, metavar="FILE", help="write every figure here")


def add_more_options(parser, args, rest) -> None:
    """Those of the checkpoint's kind of learning."""
    recipe = tasks.get(onnx_networks.card(args.checkpoint)["recipe"])
    recipe.add_options(parser)
    parser.set_defaults(recipe=recipe)


def run(args) -> int:
    if args.json:
        check_writable(args.json)
    options = options_of(args.recipe.add_options, args)
    loaded = onnx_networks.load_pretrained(args.checkpoint)
    found = tasks.evaluate(loaded, args.data, args.root, **options)
    print(args.recipe.table(found))
    if args.json:
        evaluation.write_json(found, args.json)
    return 0
