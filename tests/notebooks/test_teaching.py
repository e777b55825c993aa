"""The plans of TEACHING.md: their minutes add up, and agree with the notebooks and the decks."""

import re
import tomllib

import pytest

from notebooks import build, readme
from posekit.exercises.report import Rubric

TEXT = readme.TEACHING.read_text(encoding="utf-8")
SOURCES = {path.stem[:2]: path for path in build.sources()}
PART = re.compile(r"^### (.+)\n((?:(?!^#).*\n?)*)", re.M)
ROW = re.compile(r"^\| (\d+) \| ([^|]+?) \| (.*?) ?\|$", re.M)
NUMBERS = r"sections? (\d+(?:(?:, | and | to )\d+)*)"
PLANS = {title: ROW.findall(body) for title, body in PART.findall(TEXT) if ROW.search(body)}
ROWS = [row for rows in PLANS.values() for row in rows]


def sections_of(text: str) -> set[int]:
    """2, 3, 4 and 7 of "sections 2 to 4 and section 7"."""
    found = set()
    for named in re.findall(NUMBERS, text):
        for first, last in re.findall(r"(\d+)(?: to (\d+))?", named):
            found |= set(range(int(first), int(last or first) + 1))
    return found


def minutes_of_sections(chapter: str) -> dict[int, int]:
    """The sections of a notebook, and the minutes in their titles, 0 where there are none."""
    source = SOURCES[chapter].read_text(encoding="utf-8")
    found = re.findall(r"^# ## (\d+) · .*?(?:\((\d+) minutes?\))?$", source, re.M)
    return {int(number): int(minutes or 0) for number, minutes in found}


def slides(chapter: str) -> list[tuple[str, int]]:
    """Each slide's title, and the minutes from the beginning of the deck to its end."""
    deck = (readme.ROOT / "slides" / f"{SOURCES[chapter].stem}.md").read_text(encoding="utf-8")
    found, together = [], 0
    for slide in re.split(r"^---$", deck, flags=re.M)[2:]:
        together += int(re.search(r"^Note: (\d+) min", slide, re.M)[1])
        found.append((re.search(r"^#+ (.*)", slide, re.M)[1], together))
    return found


def rows_of(kind: str):
    """(chapter, minutes, which part) of the rows about notebooks or decks that are there."""
    for minutes, what, part in ROWS:
        name, _, chapter = what.partition(" ")
        if name == kind and chapter in SOURCES:
            yield chapter, int(minutes), part


def test_the_table_is_what_the_chapters_say():
    assert readme.updated(TEXT, readme.teaching_map()) == TEXT, "run python notebooks/readme.py"


def test_there_are_six_sessions_of_90_minutes_and_two_days_of_six_hours():
    together = {title: sum(int(row[0]) for row in rows) for title, rows in PLANS.items()}
    assert len(together) == 8
    assert {title: 90 for title in together if title.startswith("Session ")} | {
        "Saturday": 360,
        "Sunday": 360,
    } == together


def test_a_deck_takes_as_long_as_its_slides_up_to_the_one_that_is_named():
    rows = list(rows_of("Deck"))
    assert len(rows) > 10
    for chapter, minutes, part in rows:
        ends = [end for title, end in slides(chapter) if f"up to *{title}*" in part]
        assert ends == [minutes], (chapter, part, slides(chapter))


def test_a_notebook_gets_the_minutes_of_its_sections_and_no_more_than_it_has():
    rows = list(rows_of("Notebook"))
    assert len(rows) > 10
    for chapter, minutes, part in rows:
        known = minutes_of_sections(chapter)
        named = sections_of(part) or set(known)
        assert named <= set(known), (chapter, part)
        whole = build.convert(SOURCES[chapter]).metadata["posekit"]["minutes"]
        wanted = sum(known[number] for number in named) if sections_of(part) else whole
        assert wanted <= minutes <= whole, (chapter, part, wanted, whole)


def test_what_is_skipped_or_set_exists():
    for numbers, _, chapter in re.findall(rf"({NUMBERS}) of notebook (\d\d)", TEXT):
        if chapter in SOURCES:
            assert sections_of(numbers) <= set(minutes_of_sections(chapter)), (chapter, numbers)
    mentioned = re.findall(r"\b(\d\d)\.(\d)\b", TEXT)
    assert len(mentioned) > 20
    for chapter, number in mentioned:
        source = SOURCES[chapter].read_text(encoding="utf-8")
        assert f"# ### Exercise {number}" in source, f"{chapter}.{number}"


def test_the_rubric_that_is_printed_is_the_default():
    block = re.search(r"these are its defaults:\n\n((?: {4}.*\n)+)", TEXT)[1]
    lines = "\n".join(line.strip() for line in block.splitlines())
    assert Rubric(**tomllib.loads(lines)) == Rubric()


@pytest.mark.parametrize(
    "text, numbers",
    [
        ("sections 2 to 4 and section 7", {2, 3, 4, 7}),
        ("sections 3, 4 and 7", {3, 4, 7}),
        ("", set()),
    ],
)
def test_sections_are_read_as_they_are_written(text, numbers):
    assert sections_of(text) == numbers
