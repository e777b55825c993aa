"""A figure that is quoted in two places, or comes from a file of results, is one figure."""

import json
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from . import quoted_lessons, quoted_studies
from .quoted import Figure, Source, cell

ROOT = Path(__file__).parents[2]
FIGURES = quoted_lessons.FIGURES + quoted_studies.FIGURES


@cache
def text(file: str) -> str:
    return (ROOT / file).read_text(encoding="utf-8")


def value(source: Source) -> float:
    """What a run has written into its file of results."""
    found = json.loads(text(source.file))
    for step in source.path:
        if isinstance(step, dict):
            (found,) = [row for row in found if step.items() <= row.items()]
        else:
            found = found[step]
    return found * source.times


def quotes(figure: Figure) -> list[str]:
    """The number at each of a figure's places, as it is written there."""
    found = []
    for file, pattern in figure.places:
        numbers = re.findall(pattern, text(file), re.MULTILINE)
        assert len(numbers) == 1, (
            f"{figure.name}: {file} has {len(numbers)} places like {pattern!r}, and should have "
            "one. Where the sentence was reworded, change the expression with it."
        )
        found += numbers
    return found


def differs(quote: str, exact: float) -> bool:
    """Is the quoted number another one than the exact one, rounded as it is written?"""
    decimals = len(quote.partition(".")[2])
    return abs(float(quote.replace(",", "")) - exact) > 0.5 * 10**-decimals + 1e-9


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_a_figure_is_the_same_wherever_it_is_quoted(figure):
    found = quotes(figure)
    if figure.source is None:
        assert len(found) > 1, f"{figure.name} has one place and no source: nothing to compare"
        assert len(set(found)) == 1, f"{figure.name}: {found} in {figure.places}"
    else:
        exact = value(figure.source)
        wrong = [quote for quote in found if differs(quote, exact)]
        assert not wrong, f"{figure.name} is {exact:g} by {figure.source.file}, quoted as {wrong}"


def test_chapter_10_quotes_the_means_over_the_seeds_of_its_study():
    study = json.loads(text("slides/action_study.json"))["tables"]
    lesson = text(quoted_studies.CH10).replace("\n# ", " ")
    plain = np.mean([seed["rnn"]["right"] for seed in study["networks"].values()])
    still = {
        name: np.mean([100 * np.trace(s[name]) / np.sum(s[name]) for s in study["stills"].values()])
        for name in ("both", "keypoints")
    }
    assert f"slides the plain RNN reaches {plain:.0f} % and" in lesson
    both, joints = (f"{still[name]:.0f} %" for name in still)
    assert f"right on {both} of the images, and the joints alone on {joints}." in lesson


def test_there_are_many_and_each_stands_in_the_list_once():
    assert len(FIGURES) > 200
    assert len({(figure.name, figure.places) for figure in FIGURES}) == len(FIGURES)


# The test itself: it must see what it is for.


@pytest.mark.parametrize(
    "quote, exact, other",
    [
        ("20.1", 20.14, False),
        ("20.3", 20.14, True),
        ("1,554,286", 1554286, False),
        ("1,554,287", 1554286, True),
        ("0.6", 0.5977, False),
        ("0.60", 0.594, True),
        ("28.1", 28.15, False),
    ],
)
def test_a_number_is_compared_as_it_is_rounded(quote, exact, other):
    assert differs(quote, exact) == other


def test_a_reworded_sentence_and_one_that_stands_twice_are_told():
    for pattern in (r"no such sentence (\d+)", r"(\d+) %"):
        with pytest.raises(AssertionError, match="places like"):
            quotes(Figure("a figure", None, (("README.md", pattern),)))


def test_a_cell_is_found_by_its_row_and_column():
    page = "# | a | 1 | **2.5** % |\n# | b, more | 3 | 4 |\n# Other:\n# | b | 5 | 6,000 |\n"
    for row, column, after, number in (
        ("a", 2, "", "2.5"),
        ("b, m", 1, "", "3"),
        ("b", 2, "Other:", "6,000"),
    ):
        assert re.findall(cell(row, column, after), page, re.MULTILINE) == [number]
