"""what is installed, what is missing, what mends it"""

from __future__ import annotations

from ..doctor import print_report


def add_options(parser) -> None:
    """It takes none."""


def run(args) -> int:
    return print_report()
