"""run a named training; --resume goes on after a stop"""

from __future__ import annotations

from .. import tasks
from . import place


def add_options(parser) -> None:
    parser.add_argument("recipe", metavar="RECIPE", help="cnn, resnet50, ...")
    parser.add_argument("--profile", default="full", metavar="P", help="smoke, quick or full")
    about = "what to learn from, lsp+lspet, say (default: the recipe's own)"
    parser.add_argument("--dataset", metavar="D", help=about)
    parser.add_argument("--epochs", type=int, metavar="N", help="instead of the profile's")
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    parser.add_argument("--resume", action="store_true", help="go on from the last saved epoch")
    about = "where to save (default: runs/RECIPE-PROFILE-DATASET)"
    parser.add_argument("--folder", type=place, metavar="DIR", help=about)
    parser.add_argument("--root", type=place, metavar="DIR", help="where data sets are kept")


def run(args) -> int:
    names = ("epochs", "seed", "resume", "folder", "root")
    options = {name: getattr(args, name) for name in names}
    path = tasks.train(args.recipe, args.profile, args.dataset, **options)
    print(f"saved: {path}")
    return 0
