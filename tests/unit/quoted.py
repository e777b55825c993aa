"""Which figures are quoted where, and which run each of them is from.

A `Figure` is a name, its source, and its places. The source is a value in a file of results, or
None where a run left no file: then there are at least two places, and they give the same number.
A place is a file and a regular expression with one group, which is the number. It must be found
exactly once, so that a sentence which was reworded cannot slip out of the comparison.

`cell` and `table` write the regular expressions of a table's cells. The figures themselves are in
quoted_lessons.py and quoted_studies.py: one is added by a line there, and no chapter, deck or card
knows of it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

NUMBER = r"\**([\d,]*\d(?:\.\d+)?)"


class Source(NamedTuple):
    """A value in a JSON file: ``path`` leads there by keys, by numbers in a list, or by a dict
    that picks the one row of a list with these values. ``times`` it is what is quoted."""

    file: str
    path: tuple
    times: float = 1.0


class Figure(NamedTuple):
    name: str
    source: Source | None
    places: tuple[tuple[str, str], ...]  # (file, regular expression)


def cell(row: str, column: int, after: str = "") -> str:
    """The number in a column of the table's row that begins so, behind a text in the file."""
    behind = rf"{re.escape(after)}[\s\S]*?" if after else ""
    begin = rf"^# \| {re.escape(row)}[^|\n]*\|"
    return rf"{behind}{begin}(?:[^|\n]*\|){{{column - 1}}} *{NUMBER}"


def table(file: str, after: str, rows: dict, columns: tuple, times: float = 1.0):
    """A figure for each cell of a table. ``rows``: from what a row begins with to a function from
    a column's key to the source; ``columns``: the keys, None for a column that is no figure."""
    for row, source in rows.items():
        for number, key in enumerate(columns, 1):
            if key is not None and (found := source(key)) is not None:
                yield Figure(f"{row}: {key}", found, ((file, cell(row, number, after)),))


def quoted(name: str, *places: tuple[str, str]) -> Figure:
    """A figure without a file of results: its places must agree."""
    return Figure(name, None, places)


def from_file(file: str, *path, times: float = 1.0):
    """What makes a source of a column's key, or of a tuple of keys."""
    return lambda key: Source(file, (*path, *(key if isinstance(key, tuple) else (key,))), times)
