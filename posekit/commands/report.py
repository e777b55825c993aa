"""what students solved in their notebooks, with tries, hints and points"""

from __future__ import annotations

import sys

from ..exercises import hand_in, report
from . import place


def add_options(parser) -> None:
    parser.description += f".\n\n{hand_in.PROTECTION}"
    about = "or a folder, one for each student"
    parser.add_argument("places", nargs="+", type=place, metavar="NOTEBOOK", help=about)
    parser.add_argument("--csv", action="store_true", help="a line for each student")
    parser.add_argument("--json", action="store_true", help="everything, for a program")
    parser.add_argument("--rubric", type=place, metavar="FILE", help="points, as TOML")
    parser.add_argument("--seconds", type=float, default=60, help="that a cell may take (60)")
    parser.add_argument("--minutes", type=float, default=15, help="that a notebook may take (15)")


def run(args) -> int:
    rubric = report.read_rubric(args.rubric) if args.rubric else None
    found = report.report(
        args.places, rubric, args.seconds, args.minutes, lambda line: print(line, file=sys.stderr)
    )
    if not hand_in.network_namespace():
        print("The network was refused in Python alone: see --help.", file=sys.stderr)
    show = report.as_json if args.json else report.as_csv if args.csv else report.table
    print(show(found).rstrip("\n"))
    return int(any(not one.chapter for one in found))
