"""Write the address of the course wherever one is needed: badges, bootstraps, citation.

    make address REPOSITORY=https://example.org/you/pose-workbook

The one place that holds it is ``[project.urls] Repository`` in pyproject.toml. Until it is
set the bootstrap cells say what to set, and the README has no badges.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BADGES = re.compile(r"(<!-- badges -->\n).*?(<!-- /badges -->)", re.S)


def edits(address: str, root: Path = ROOT) -> dict[Path, str]:
    """The files that name the address, and their new text. Raises ValueError for no address."""
    if not re.fullmatch(r"https://[\w.-]+(/[\w.-]+)+", address):
        raise ValueError(f"{address!r} is no address like https://example.org/you/pose-workbook")
    address = address.removesuffix("/").removesuffix(".git")
    texts = {}

    def change(path, pattern, replacement):
        text = texts.get(path) or path.read_text(encoding="utf-8")
        texts[path], times = re.subn(
            pattern, lambda m: m.expand(replacement), text, flags=re.M | re.S
        )
        if not times:
            raise ValueError(f"{path.relative_to(root)} has no place for the address: {pattern}")

    pyproject = root / "pyproject.toml"
    if "[project.urls]" not in pyproject.read_text(encoding="utf-8"):
        change(pyproject, r"^\[project.scripts\]", '[project.urls]\nRepository = ""\n\n\\g<0>')
    change(pyproject, r'^Repository = ".*?"', f'Repository = "{address}"')
    citation = root / "CITATION.cff"
    if "repository-code" not in citation.read_text(encoding="utf-8"):
        change(citation, r"\Z", 'repository-code: ""\n')
    change(citation, r'^repository-code: ".*?"', f'repository-code: "{address}"')
    for source in sorted((root / "notebooks" / "src").glob("*.py")):
        change(source, r'^REPOSITORY = ".*?"', f'REPOSITORY = "{address}"')
    change(root / "README.md", BADGES.pattern, rf"\1{badges(address, root)}\2")
    return texts


def badges(address: str, root: Path) -> str:
    """One Colab badge a chapter, for addresses that Colab can open."""
    name = re.fullmatch(r"https://github\.com/(.+)", address)
    if not name:
        return f"The course lives at {address}.\n"
    chapters = sorted(path.stem for path in (root / "notebooks" / "src").glob("*.py"))
    place = f"https://colab.research.google.com/github/{name[1]}/blob/main/notebooks"
    return "".join(f"[Open {stem} in Colab]({place}/{stem}.ipynb)\n" for stem in chapters)


def main(argv: list[str]) -> int:
    if len(argv) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        texts = edits(argv[0])
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8", newline="\n")
        print(f"wrote {path.relative_to(ROOT)}")
    print("Now `make notebooks`, so that the notebooks agree with their sources.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
