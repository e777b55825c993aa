"""Run the workbook: every chapter, from its source, with progress; then a table.

    python notebooks/run.py                        all chapters, quick
    python notebooks/run.py --profile smoke 00 03  these, in seconds

Each chapter becomes a page under build/html as soon as it has run, beside index.html; none
of them asks the network for anything. A chapter that fails does not stop the others, but
the exit status is then 1. With POSEKIT_MIRROR set, a chapter is run once more on each of
the real data sets that its header names.
"""

from __future__ import annotations

import argparse
import os
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from notebooks import build, cells, harness, pages  # noqa: E402
from notebooks.harness import NotebookError  # noqa: E402

OUT = ROOT / "build" / "html"
TIMEOUTS = {"smoke": 120, "quick": 300, "full": 6 * 3600}  # seconds that one cell may take


@dataclass
class Row:
    """One run of one chapter: a line of the table and of the chapter's card."""

    chapter: str
    dataset: str | None = None  # None: the chapter's own default
    seconds: float | None = None
    figures: list[str] = field(default_factory=list)
    error: str | None = None

    @property
    def name(self) -> str:
        return f"{self.chapter} · {self.dataset}" if self.dataset else self.chapter

    @property
    def page(self) -> str:
        return f"{self.chapter}-{self.dataset}.html" if self.dataset else f"{self.chapter}.html"

    @property
    def state(self) -> str:
        if self.error:
            return "failed"
        return "waiting" if self.seconds is None else "passed"


def use_mirror() -> bool:
    """Is there a mirror? Its path is made absolute, since notebooks run in other folders."""
    mirror = os.environ.get("POSEKIT_MIRROR", "")
    if mirror and "://" not in mirror:
        if not Path(mirror).is_dir():
            raise NotebookError(f"POSEKIT_MIRROR is {mirror}, which is not a folder.")
        os.environ["POSEKIT_MIRROR"] = str(Path(mirror).resolve())
    return bool(mirror)


def plan(sources: list[Path], mirror: bool) -> list[Row]:
    """The runs to make, in order. A source that cannot be read gets its error here."""
    rows = []
    for source in sources:
        rows.append(Row(source.stem))
        try:
            about = build.convert(source).metadata.posekit
        except NotebookError as error:
            rows[-1].error = str(error)
            continue
        if mirror:
            rows += [Row(source.stem, dataset) for dataset in about.get("real_data", [])]
    return rows


def run_row(row: Row, source: Path, profile: str, out: Path, beside: dict | None = None) -> None:
    """Run one chapter once, fill in its row and write its page, whatever came of it.

    ``beside`` is as `pages.chapter_page` has it.
    """
    parameters = {"PROFILE": profile} | ({"DATASET": row.dataset} if row.dataset else {})
    nb = None
    try:
        nb = build.convert(source)
        # Only full runs long enough for what is left of an interrupted one to be worth it.
        folder = ROOT / "runs" / row.page[:-5] if profile == "full" else None
        limit = TIMEOUTS[profile]
        nb = harness.run(nb, parameters, name=row.name, timeout=limit, folder=folder)
        row.seconds, row.figures = harness.seconds_of(nb), cells.key_figures(nb)
    except NotebookError as error:
        row.error, nb = str(error), error.notebook or nb
        print(f"\n{error}", file=sys.stderr)
    if nb is not None:
        note = row.error or f"{row.name}, profile {profile}: {row.seconds:.0f} s"
        title = nb.metadata.get("posekit", {}).get("title", row.name)
        page = pages.chapter_page(nb, title, note, bool(row.error), beside)
        pages.write(out / row.page, page)
        if (picture := pages.first_picture(nb)) and not row.dataset:
            pages.write(out / f"{row.chapter}.{picture[0]}", picture[1])


def neighbours(row: Row, rows: list[Row], out: Path) -> dict[str, tuple[str, str]]:
    """The chapters before and after this one, of those that have a page or are about to."""
    pages_of = {f"{each.chapter}.html" for each in rows} | {
        path.name for path in out.glob("*.html")
    }
    names = sorted(name for name in pages_of if name[:2].isdigit() and "-" not in name)
    place = names.index(f"{row.chapter}.html")
    found = {"prev": names[place - 1 : place] if place else [], "next": names[place + 1 :][:1]}
    return {
        rel: (name, name[:-5].replace("_", " ")) for rel, some in found.items() for name in some
    }


def write_index(rows: list[Row], sources: list[Path], profile: str, out: Path) -> None:
    """All chapters as cards; those not asked for keep the page of an earlier run."""
    cards = []
    for source in sources:
        mine = [row for row in rows if row.chapter == source.stem] or [Row(source.stem)]
        try:
            about = build.convert(source).metadata.posekit
        except NotebookError as error:
            about = {"title": source.stem, "promise": str(error), "minutes": "?"}
        runs = [
            {
                "name": row.name,
                "state": row.state,
                "seconds": row.seconds,
                "error": row.error,
                "figures": row.figures,
                "page": row.page if (out / row.page).is_file() else None,
            }
            for row in mine
        ]
        pictures = [f"{source.stem}.{suffix}" for suffix in ("jpeg", "png")]
        picture = next((name for name in pictures if (out / name).is_file()), None)
        cards.append({**about, "number": source.stem[:2], "runs": runs, "picture": picture})
    passed = sum(row.state == "passed" for row in rows)
    summary = f"{passed} of {len(rows)} runs passed, profile {profile}."
    pages.write(out / "index.html", pages.index_page(cards, summary))


def table(rows: list[Row]) -> str:
    """The last thing printed: chapter, seconds, key figures, or what failed."""
    width = max(len("chapter"), *(len(row.name) for row in rows))
    lines = [f"{'chapter':<{width}}  seconds  key figures", "-" * (width + 40)]
    for row in rows:
        seconds = "-" if row.seconds is None else f"{row.seconds:.1f}"
        notes = [f"FAILED: {row.error}"] if row.error else row.figures
        if row.state == "waiting":
            notes = ["not run"]
        room = max(40, 100 - width - 11)
        wrapped = [piece for note in notes for piece in textwrap.wrap(note, room)] or [""]
        lines.append(f"{row.name:<{width}}  {seconds:>7}  {wrapped[0]}".rstrip())
        lines += [f"{'':<{width}}           {piece}" for piece in wrapped[1:]]
    return "\n".join(lines)


def main(argv: list[str] | None = None, folder: Path = build.FOLDER, out: Path = OUT) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapters", nargs="*", metavar="NN", help="such as 00; default: all")
    parser.add_argument("--profile", choices=TIMEOUTS, default="quick")
    args = parser.parse_args(argv)
    try:
        chosen = {path.stem: path for path in build.sources(args.chapters, folder)}
        rows = plan(list(chosen.values()), use_mirror())
    except NotebookError as error:
        print(error, file=sys.stderr)
        return 2
    everything = build.sources((), folder)
    status = 0
    try:
        write_index(rows, everything, args.profile, out)
        for row in rows:
            if not row.error:
                beside = neighbours(row, rows, out)
                run_row(row, chosen[row.chapter], args.profile, out, beside)
            write_index(rows, everything, args.profile, out)
    except KeyboardInterrupt:
        print("\nStopped; what has run is written.", file=sys.stderr)
        status = 130
    except OSError as error:
        print(f"\nCannot write the pages to {out}: {error}", file=sys.stderr)
        status = 2
    print(f"\n{table(rows)}")
    if status != 2:
        print(f"\nOpen {out / 'index.html'}")
    return status or int(any(row.error is not None for row in rows))


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="replace")  # a file or a terminal in cp1252 has no arrow
    sys.exit(main())
