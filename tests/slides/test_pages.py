"""Every deck, built and opened from disk in a real browser: does it fit, and does it work?"""

import json
import re
import shutil
from unittest import mock

import pytest

from posekit import live
from slides import build, cast, deck

SOURCES = build.choose([])
IDS = [path.stem for path in SOURCES]

# What is wrong with the slide that is shown, as a list of sentences.
FAULTS = """() => {
  const slide = Reveal.getCurrentSlide(), faults = [], frame = {w: 1280, h: 720};
  const scale = Reveal.getScale(), origin = slide.getBoundingClientRect();
  const rect = element => {
    const r = element.getBoundingClientRect();
    return {left: (r.left - origin.left) / scale, top: (r.top - origin.top) / scale,
            right: (r.right - origin.left) / scale, bottom: (r.bottom - origin.top) / scale};
  };
  const say = element => `${element.tagName} "${(element.textContent || "").trim().slice(0, 30)}"`;
  if (slide.scrollHeight > frame.h || slide.scrollWidth > frame.w)
    faults.push(`${slide.scrollWidth} x ${slide.scrollHeight} px of content`);
  const boxes = slide.querySelectorAll("h1, h2, p, li, pre, table, blockquote, img, figcaption, "
    + ".math, .katex-html, footer");
  for (const box of boxes) {
    if (box.closest("aside")) continue;
    const r = rect(box);
    if (r.left < 0 || r.top < 0 || r.right > frame.w + 0.5 || r.bottom > frame.h + 0.5)
      faults.push(`${say(box)} leaves the slide`);
    if (box.scrollWidth > box.clientWidth + 1 && box.clientWidth && box.tagName !== "SPAN")
      faults.push(`${say(box)} is wider than its place`);
    const small = box.matches("footer, .source, .source *");
    if (box.matches("p, li, pre, td, figcaption") && !small
        && parseFloat(getComputedStyle(box).fontSize) < 24)
      faults.push(`${say(box)} is under 24 px`);
  }
  const texts = [...slide.querySelectorAll("header, .row > .text, .pictures, p.source, footer, "
    + "section > :is(p, ul, ol, table, pre, blockquote, .math)")].filter(e => !e.closest("aside"));
  for (const [i, a] of texts.entries()) for (const b of texts.slice(i + 1)) {
    if (a.contains(b) || b.contains(a)) continue;
    const p = rect(a), q = rect(b);
    if (Math.min(p.right, q.right) - Math.max(p.left, q.left) > 1
        && Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top) > 1)
      faults.push(`${say(a)} lies on ${say(b)}`);
  }
  for (const image of slide.querySelectorAll("img")) {
    if (!image.complete || image.naturalWidth === 0) faults.push("an image is not loaded");
    if (!image.alt.trim()) faults.push("an image has no alt text");
    const shown = rect(image), wanted = Number(image.getAttribute("width"));
    // Text in a figure is at least 24 px at the figure's own size.
    const high = Number(image.getAttribute("height"));
    const drawn = Math.min((shown.right - shown.left) / wanted, (shown.bottom - shown.top) / high);
    if (drawn < 0.97) faults.push(`a picture is shown at ${drawn.toFixed(2)} of its size: `
      + image.alt.slice(0, 40));
  }
  const walker = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.parentElement.closest("pre, code, annotation")) continue;
    if (/\\$|\\\\[a-z]/.test(node.data)) faults.push(`raw formula: ${node.data.slice(0, 40)}`);
  }
  if (slide.querySelector(".katex-error")) faults.push("a formula is not rendered");
  const notes = slide.querySelector("aside.notes");
  if (!notes || !/\\d min/.test(notes.textContent) || notes.textContent.length < 40)
    faults.push("no notes with minutes");
  return faults;
}"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder of every deck's page, and the names of the decks that asked for BlazePose."""
    out, asked = tmp_path_factory.mktemp("slides"), []
    cast.found.cache_clear()
    for name in IDS:
        with mock.patch.object(live, "bundle_path", wraps=live.bundle_path) as bundle_path:
            build.build([name], out=out)
        asked += [name] if bundle_path.called else []
    return out, asked


@pytest.fixture(scope="module")
def built_without_model(built, tmp_path_factory):
    """The same as if BlazePose were not there: a deck that did not ask for it looks the same."""
    (made, asked), out = built, tmp_path_factory.mktemp("slides") / "without"
    shutil.copytree(made, out)
    cast.found.cache_clear()
    with mock.patch.object(live, "bundle_path", return_value=None):
        build.build(asked, out=out)
    return out, asked


@pytest.fixture(scope="module", params=["built", "built_without_model"])
def pages(request):
    return request.getfixturevalue(request.param)[0]


def opened(page, path, query=""):
    page.goto(path.as_uri() + query)
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    page.evaluate("document.fonts.ready")
    return page


@pytest.mark.parametrize("source", SOURCES, ids=IDS)
def test_source_keeps_the_rules(source):
    read = deck.read(source)
    assert 10 <= len(read.slides) <= 20
    pictured = sum("](" in slide.body for slide in read.slides)
    assert pictured > len(read.slides) / 2, "a picture on most slides"
    assert any("posekit live" in slide.body for slide in read.slides), "a slide with the demo"
    assert "$" in "".join(slide.body for slide in read.slides), "equations, typeset"
    assert all(len(slide.note) >= 40 for slide in read.slides)


def check_slides(page, path, source):
    opened(page, path)
    count = len(deck.read(source).slides)
    assert page.evaluate("Reveal.getTotalSlides()") == count
    faults = {}
    for i in range(count):
        page.evaluate(f"Reveal.slide({i})")
        page.wait_for_function(
            "[...Reveal.getCurrentSlide().querySelectorAll('img')].every(i => i.complete)"
        )
        found = page.evaluate(FAULTS)
        if found:
            faults[i + 1] = found
    assert not faults, json.dumps(faults, indent=1)
    assert page.errors == []


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("source", SOURCES, ids=IDS)
def test_every_slide_fits_and_is_whole(built, page, source):
    check_slides(page, built[0] / f"{source.stem}.html", source)


@pytest.mark.browser
@pytest.mark.slow
def test_without_the_model_every_slide_fits_too(built_without_model, page):
    folder, asked = built_without_model
    assert IDS[0] in asked, "the first deck shows what BlazePose finds"
    for source in build.choose(asked):
        check_slides(page, folder / f"{source.stem}.html", source)


@pytest.mark.browser
@pytest.mark.parametrize("source", SOURCES[:1], ids=IDS[:1])
def test_the_speaker_window_opens_from_disk(pages, page, source):
    """The notes' window is written by reveal.js; from a file it must find the deck again."""
    opened(page, pages / f"{source.stem}.html")
    with page.context.expect_page() as popup:
        page.keyboard.press("s")
    window = popup.value
    minutes = deck.read(source).slides[1].minutes
    window.wait_for_selector(".speaker-controls-notes", timeout=15_000)
    page.keyboard.press("ArrowRight")
    window.wait_for_function(f"document.body.innerText.includes('{minutes:g} min')", timeout=15_000)
    assert page.errors == []


@pytest.mark.browser
@pytest.mark.parametrize("source", SOURCES[:1], ids=IDS[:1])
def test_print_gives_one_page_a_slide(pages, page, source):
    opened(page, pages / f"{source.stem}.html", "?print-pdf")
    page.wait_for_function("document.querySelectorAll('.pdf-page').length > 1", timeout=15_000)
    page.emulate_media(media="print")
    headings = page.evaluate(
        """() => [...document.querySelectorAll(".pdf-page section:not(.title) h2")].map(h => {
          const page = h.closest(".pdf-page").getBoundingClientRect();
          const heading = h.getBoundingClientRect();
          return [heading.left - page.left, heading.top - page.top];
        })"""
    )
    assert headings and {(round(x), round(y)) for x, y in headings} == {(60, 40)}
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    count = len(re.findall(rb"/Type\s*/Page\b", printed))
    assert count == len(deck.read(source).slides)
    assert b"/MediaBox [0 0 960 540]" in printed  # 1280 x 720 px, in points


@pytest.mark.browser
def test_index_lists_every_deck(pages, page):
    page.goto((pages / "index.html").as_uri())
    links = page.eval_on_selector_all("li a", "a => a.map(x => x.getAttribute('href'))")
    assert links == [f"{source.stem}.html" for source in SOURCES]
    page.click("li a")
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    assert page.errors == []


@pytest.mark.browser
def test_the_browser_test_sees_what_is_wrong(tiny, page, tmp_path):
    """A slide with too much on it is found out: the test above can fail."""
    lines = "\n".join(f"- A line of many, number {i}" for i in range(30))
    path = tmp_path / "full.html"
    path.write_text(tiny(lines), encoding="utf-8")
    opened(page, path)
    assert any("content" in fault or "leaves" in fault for fault in page.evaluate(FAULTS))
