"""From a deck's source to its page: text, formulas, pictures, and what must not pass."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from posekit.errors import InputError
from slides import build, pictures

PLOT = """
import matplotlib.pyplot as plt

def line():
    fig, ax = plt.subplots(figsize=({width}, 3))
    ax.plot([0, 1], [1, 0])
    ax.set_title("A line")
    return fig, "A caption <1>"
"""
ARRAY = """
import numpy as np

def square():
    return np.full({shape}, 200, np.{dtype})
"""


def image_of(page: str) -> Image.Image:
    data = re.search(r'<img src="data:image/\w+;base64,([^"]*)"', page)[1]
    return Image.open(io.BytesIO(base64.b64decode(data)))


def test_text_formulas_and_source_line(tiny):
    page = tiny("**Bold** <b>raw</b> $x_k$ costs.\n\n$$y = 1$$\n\nSource: a paper.")
    assert "<strong>Bold</strong>" in page
    assert "&lt;b&gt;raw&lt;/b&gt;" in page  # HTML in a deck is shown, not obeyed
    assert page.count('class="katex"') == 2 and page.count('class="katex-display"') == 1
    assert '<p class="source">Source: a paper.</p>' in page


@pytest.mark.parametrize(("width", "layout"), [(5, "beside"), (9, "below")])
def test_a_narrow_figure_stands_beside_the_text(write, width, layout):
    from slides import deck

    text = """---
title: Tiny
minutes: 2
---
# First

Note: 1 min. Words.

---
## Second

Text.

![A falling line](figure:line)

Note: 1 min. Words.
"""
    page = build.deck_html(deck.read(write(text, PLOT.format(width=width))))
    assert f'<section class="{layout}"' in page
    assert 'alt="A falling line"' in page and f'width="{width * 100}" height="300"' in page
    assert "<figcaption>A caption &lt;1&gt;</figcaption>" in page
    assert "data:image/svg+xml;base64," in page


def test_the_same_source_gives_the_same_page(tiny):
    body, code = "![A falling line](figure:line)", PLOT.format(width=5)
    assert tiny(body, code) == tiny(body, code)


def test_an_array_is_shown_pixel_by_pixel(tiny):
    page = tiny("![A square](figure:square)", ARRAY.format(shape=(40, 60, 3), dtype="uint8"))
    assert 'width="60" height="40"' in page
    assert np.abs(np.asarray(image_of(page).convert("RGB")).astype(int) - 200).max() <= 3


def test_frames_move(tiny):
    code = """
import numpy as np

def film():
    return np.stack([np.full((40, 60, 3), 40 * t, np.uint8) for t in range(4)])
"""
    image = image_of(tiny("![A film](figure:film)", code))
    assert image.n_frames == 4 and image.info["loop"] == 0


def test_a_picture_file(tiny, write):
    folder = write().parent
    Image.new("RGB", (30, 20), "red").save(folder / "dot.png")
    assert 'width="30" height="20"' in tiny("![A dot](dot.png)")


@pytest.mark.parametrize(
    ("body", "code", "sentence"),
    [
        ("![A line](figure:none)", PLOT.format(width=5), r"no function none\(\)"),
        ("![A line](figure:line)", None, r"no function line\(\)"),
        ("![A line](figure:_line)", "def _line(): pass", r"no function _line\(\)"),
        ("![](figure:line)", PLOT.format(width=5), "has no alt text"),
        ("![ ](figure:line)", PLOT.format(width=5), "has no alt text"),
        ("![A dot](none.png)", None, "no picture file none.png"),
        ("![A dot](https://example.org/dot.png)", None, "on the network"),
        ("Text ![A line](figure:line)", PLOT.format(width=5), "paragraph of its own"),
        ("- ![A line](figure:line)", PLOT.format(width=5), "paragraph of its own"),
        ("![Nothing](figure:square)", "def square(): return None", "returned NoneType"),
        ("![Floats](figure:square)", ARRAY.format(shape=(4, 4, 3), dtype="float32"), "ndarray"),
        ("![Flat](figure:square)", ARRAY.format(shape=(4, 4), dtype="uint8"), "ndarray"),
    ],
)
def test_bad_pictures(tiny, body, code, sentence):
    with pytest.raises(InputError, match=sentence) as error:
        tiny(body, code)
    assert str(error.value).startswith("42_tiny.md, slide 1")


def test_text_too_small_to_read(tiny):
    code = PLOT.format(width=5).replace('"A line")', '"Tiny words", fontsize=10)')
    with pytest.raises(InputError, match=r"under 17.28 pt in line\(\): Tiny words"):
        tiny("![A line](figure:line)", code)


def test_a_formula_that_cannot_be_read(tiny):
    with pytest.raises(InputError, match=r"formula .* cannot be typeset"):
        tiny(r"$\frac{1}$")


def test_figures_leave_no_trace_in_matplotlib(tiny):
    import matplotlib.pyplot as plt

    before = dict(plt.rcParams)
    tiny("![A falling line](figure:line)", PLOT.format(width=5))
    assert dict(plt.rcParams) == before and not plt.get_fignums()


def test_build_writes_pages_and_index(write, tmp_path):
    source = write()
    made = build.build(["42"], source.parent, tmp_path / "out")
    assert [path.name for path in made] == ["42_tiny.html"]
    index = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert 'href="42_tiny.html"' in index and "Tiny" in index
    assert not list((tmp_path / "out").glob("*.part"))


def test_an_unknown_deck(write):
    with pytest.raises(InputError, match="no deck '43'; there are: 42_tiny"):
        build.choose(["43"], write().parent)


def test_a_bad_deck_leaves_no_page(write, tmp_path):
    source = write("no front matter")
    with pytest.raises(InputError):
        build.build([], source.parent, tmp_path / "out")
    assert not list((tmp_path / "out").glob("42*"))


def test_captions_are_text():
    shown = pictures.Picture("data:,", 10, 10, "a < b").html('a "quoted" alt')
    assert "a &lt; b" in shown and 'alt="a &quot;quoted&quot; alt"' in shown
