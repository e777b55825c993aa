"""list, get and check data sets and models"""

from __future__ import annotations

from .. import datasets
from . import place


def add_options(parser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="every data set: what, how large, which terms, where")
    getting = actions.add_parser("get", help="download, verify and unpack one")
    checking = actions.add_parser("check", help="open every file of one and count what is wrong")
    for sub in (getting, checking):
        sub.add_argument("name", metavar="NAME")
    for sub in (listing, getting, checking):
        about = "where data sets are kept (default: POSEKIT_DATA, or the user's cache folder)"
        sub.add_argument("--root", type=place, metavar="DIR", help=about)
        about = "a folder or http address to prefer over the official site "
        about += "(default: POSEKIT_MIRROR)"
        sub.add_argument("--mirror", metavar="M", help=about)


def run(args) -> int:
    if args.action == "list":
        return datasets.print_list(args.root, args.mirror)
    act = {"get": datasets.print_get, "check": datasets.print_check}[args.action]
    return act(args.name, args.root, args.mirror)
