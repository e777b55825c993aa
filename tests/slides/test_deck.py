"""What a deck's source must be, and the sentence that says what it is not."""

import pytest

from posekit.errors import InputError
from slides import deck
from tests.slides.conftest import HEAD, SLIDE


def test_a_deck_is_read(write):
    text = (
        "---\ntitle: Two: a deck\nminutes: 3.5\n---\n"
        + SLIDE
        + "\n---\n"
        + """## Next

A line.

Note: 2.5 min.
First.

Second.
"""
    )
    read = deck.read(write(text))
    assert (read.name, read.title, read.minutes) == ("42_tiny", "Two: a deck", 3.5)
    assert [slide.heading for slide in read.slides] == ["One idea", "Next"]
    assert read.slides[1].body == "A line."
    assert read.slides[1].note == "First.\n\nSecond."
    assert read.slides[1].minutes == 2.5


@pytest.mark.parametrize("fence", ["```", "~~~"])
def test_a_rule_inside_code_ends_no_slide(write, fence):
    body = f"# Code\n\n{fence}\ntitle: x\n---\n{fence}\n\nNote: 1 min. Words.\n"
    assert len(deck.read(write(HEAD + body)).slides) == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (SLIDE, "must begin with title and minutes"),
        ("", "must begin with title and minutes"),
        ("---\ntitle: x\n", "must begin with title and minutes"),
        ("---\nminutes: 1\n---\n" + SLIDE, "no title"),
        ("---\ntitle: x\n---\n" + SLIDE, "no minutes"),
        ("---\ntitle: x\nminutes: soon\n---\n" + SLIDE, "'soon', not a number"),
        ("---\ntitle: x\nminutes: 2\n---\n" + SLIDE, "says 2 minutes.*add up to 1"),
        (HEAD + "# One idea\n\nText.\n", "slide 1: it needs one note"),
        (HEAD + "# One idea\n\nNote: later.\n", "slide 1: it needs one note"),
        (HEAD + SLIDE + "\nNote: 1 min. Again.\n", "slide 1: it needs one note"),
        (HEAD + "# One idea\n\nNote: 1 min.\n", "says nothing beyond the minutes"),
        (HEAD + "# One idea\n\nNote: 1 min. It is $x$.\n", "not typeset in notes"),
        (HEAD + "No heading\n\nNote: 1 min. Words.\n", "begin with a heading"),
        (HEAD + SLIDE + "\n---\n", "slide 2"),
    ],
)
def test_bad_decks(write, text, sentence):
    with pytest.raises(InputError, match=sentence) as error:
        deck.read(write(text))
    assert str(error.value).startswith("42_tiny.md")


def test_a_deck_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="there is no deck"):
        deck.read(tmp_path / "00_none.md")
