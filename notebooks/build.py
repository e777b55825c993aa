"""From notebooks/src/NN_topic.py (py:percent) to the executed notebooks/NN_topic.ipynb.

    python notebooks/build.py           all chapters
    python notebooks/build.py 00 03     these
    python notebooks/build.py --check   execute nothing; say what is out of step or of shape

What is written is the same for the same source and outputs: cell ids come from the content,
and nothing of this machine, of the time, or of a widget's state is kept.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

import jupytext
import nbformat

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from notebooks import cells, harness, shape  # noqa: E402
from notebooks.harness import NotebookError  # noqa: E402

FOLDER = ROOT / "notebooks"
MAX_BYTES = 1_500_000  # one notebook; more is slow on GitHub and heavy in the history
MAX_TOTAL = 16_000_000
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"}
CARD = {"title": str, "promise": str, "minutes": int}  # what the index page says of a chapter


def sources(filters=(), folder: Path = FOLDER) -> list[Path]:
    """The chapters' sources in order; ``filters`` are beginnings of names, such as ``00``.

    Raises `NotebookError` for a filter that names no chapter, or when there is none at all.
    """
    found = sorted((folder / "src").glob("[0-9][0-9]_*.py"))
    if not found:
        raise NotebookError(f"There is no chapter NN_topic.py in {folder / 'src'}.")
    for name in filters:
        if not any(path.stem.startswith(name) for path in found):
            stems = ", ".join(path.stem for path in found)
            raise NotebookError(f"No chapter begins with {name!r}: there are {stems}.")
    return [path for path in found if not filters or path.stem.startswith(tuple(filters))]


def convert(source: Path):
    """The notebook of a source, not executed. Raises `NotebookError` for one out of shape."""
    nb = jupytext.read(source, fmt="py:percent")
    about = nb.metadata.get("posekit", {})
    for key, kind in CARD.items():
        if not isinstance(about.get(key), kind):
            raise NotebookError(
                f"{source.stem}: its header needs posekit: {key}, a {kind.__name__}, "
                "for the index page."
            )
    nb.metadata = nbformat.from_dict(
        {"kernelspec": KERNEL, "language_info": LANGUAGE, "posekit": about}
    )
    nb.nbformat, nb.nbformat_minor = 4, 5
    seen = Counter()
    for cell in nb.cells:
        # From the content, not the position: a new cell changes no other cell's id.
        content = f"{source.stem}\n{cell.cell_type}\n{cell.source}"
        seen[content] += 1
        cell.id = hashlib.sha256(f"{content}\n{seen[content]}".encode()).hexdigest()[:10]
    harness.check_source(nb, source.stem)
    return nb


def tidy(nb, name: str):
    """The executed notebook as it is committed: its sources, text and pictures, no more.

    Controls go (without a kernel they show an error; `posekit.widgets` draws a static row
    beside each), and so does stderr (progress bars). Raises `NotebookError` for a warning.
    """
    nb = nbformat.from_dict(nb)
    nb.metadata = nbformat.from_dict(
        {"kernelspec": KERNEL, "language_info": LANGUAGE, "posekit": nb.metadata["posekit"]}
    )
    setup = next((n for n, c in enumerate(nb.cells) if c.source.startswith("## ")), 0)
    for i, cell in enumerate(nb.cells, start=1):
        kept = {"tags": cell.metadata.tags} if cells.tags(cell) else {}
        if i <= setup and cell.cell_type == "code" and not kept:
            kept = {"jupyter": {"source_hidden": True}}  # folded: the result comes first
        cell.metadata = nbformat.from_dict(kept)
        for output in cell.get("outputs", ()):
            warning = re.search(r"^.*Warning: .*$", output.get("text", ""), re.M)
            if warning and output.name == "stderr":
                raise NotebookError(f"{name}, cell {i} warns: {warning[0].strip()[:200]}")
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if _is_kept(output)]
    return nb


def _is_kept(output) -> bool:
    is_stderr = output.get("name") == "stderr"
    return not is_stderr and cells.WIDGET_VIEW not in output.get("data", {})


def private_paths() -> re.Pattern:
    """Paths that would tell of the machine that the notebook was built on."""
    places = {str(ROOT), str(Path.home()), sys.prefix, sys.base_prefix, tempfile.gettempdir()}
    places = "|".join(re.escape(place) for place in sorted(places - {"/", "/usr", "/usr/local"}))
    return re.compile(rf"(?:{places}|/home/\w+|/Users/\w+|[A-Z]:\\Users)(?!\w)[^\s'\"<>]*")


def problems(nb, name: str) -> list[str]:
    """What keeps a notebook from being committed, one sentence each."""
    found = []
    for i, cell in enumerate(nb.cells, start=1):
        where = f"{name}, cell {i} of {len(nb.cells)}"
        for output in cell.get("outputs", ()):
            found += [f"{where} {reason}" for reason in _output_problems(output)]
        if cell.cell_type == "code" and not cell.execution_count:
            found.append(f"{where} was not executed.")
        if cell.cell_type == "markdown":
            found += [f"{where} {reason}" for reason in _text_problems(cell.source)]
    size = len(nbformat.writes(nb).encode())
    if size > MAX_BYTES:
        found.append(
            f"{name} is {size / 1e6:.2f} MB, over {MAX_BYTES / 1e6:.1f} MB: "
            "fewer or smaller pictures, or JPEG for photographs, "
            f"first in {_largest(nb)}."
        )
    return found


def _largest(nb) -> str:
    sizes = sorted(((len(str(cell)), i) for i, cell in enumerate(nb.cells, 1)), reverse=True)
    return ", ".join(f"cell {i} ({size / 1e6:.2f} MB)" for size, i in sizes[:3])


def _text_problems(markdown: str) -> list[str]:
    found = []
    for alt, address in re.findall(r"!\[([^\]]*)\]\(([^)]*)\)", markdown):
        if not alt.strip():
            found.append("shows a picture without alt text.")
        if not address.startswith(("attachment:", "data:")):
            found.append(f"shows {address[:60]}, which is not inside the notebook: draw it.")
    if re.search(r"<img\b", markdown):
        found.append("has an <img>: draw the picture in a cell, or write ![alt](attachment:...).")
    return found


def _output_problems(output) -> list[str]:
    found = []
    data = output.get("data", {})
    for kind in data:
        if kind.startswith("image/"):
            about = output.metadata.get(kind, {})
            if not str(about.get("alt", "")).strip():
                found.append("shows a picture without alt text: use plots.show(fig, alt='...').")
    markup = data.get("text/html", "")
    if re.search(r"<img(?![^>]*\balt=[\"'][^\"'])", markup):
        found.append("shows an <img> without alt text.")
    if re.search(r"<video(?![^>]*\baria-label=)", markup):
        found.append("shows a <video> without an aria-label that says what happens in it.")
    if re.search(r"(?:src|href)=[\"']https?://[^\"']*\.(?:js|css|png|jpe?g|mp4|gif)\b", markup):
        found.append("loads something from the network.")
    texts = [output.get("text", ""), *(v for k, v in data.items() if not k.startswith("image/"))]
    text = re.sub(r"base64,[\w+/=]+", "", "\n".join(map(str, texts)))
    path = private_paths().search(text)
    if path:
        found.append(f"shows a path of this machine: {path[0][:100]}")
    if not any(k.startswith("image/") for k in data) and re.search(r"\b0x[0-9a-f]{8,}", text):
        found.append("shows a memory address, which is another one each time.")
    return found


def build(source: Path, folder: Path = FOLDER) -> Path:
    """Execute one chapter and write its notebook; nothing is written if anything is wrong."""
    name = source.stem
    executed = harness.run(convert(source), name=name)
    nb = tidy(executed, name)
    found = problems(nb, name)
    if found:
        raise NotebookError("\n".join(found), nb)
    target = folder / f"{name}.ipynb"
    part = target.with_suffix(".ipynb.part")
    nbformat.validate(nb)
    nbformat.write(nb, part)
    os.replace(part, target)
    print(f"{name}: {target.stat().st_size / 1e6:.2f} MB, {harness.seconds_of(executed):.1f} s")
    return target


def read(source: Path, folder: Path = FOLDER):
    """The committed notebook of a source; `NotebookError` when it is absent or broken."""
    target = folder / f"{source.stem}.ipynb"
    try:
        nb = nbformat.read(target, as_version=4)
        nbformat.validate(nb)
        return nb
    except FileNotFoundError:
        raise NotebookError(f"{target.name} is not there: make notebooks.") from None
    except (ValueError, TypeError, KeyError, AttributeError, nbformat.ValidationError) as error:
        reason = str(error).splitlines()[0][:120]
        raise NotebookError(f"{target.name} is no notebook ({reason}): make notebooks.") from None


def check(source: Path, folder: Path = FOLDER) -> list[str]:
    """Is the committed notebook what its source says, executed and fit to be committed?"""
    try:
        fresh, committed = convert(source), read(source, folder)
    except NotebookError as error:
        return [str(error)]
    found = problems(committed, source.stem)
    if dict(committed.metadata) != dict(fresh.metadata):
        found.append(f"{source.stem}: the metadata differ from the source's: make notebooks.")
    old, new = map(_cells, (committed, fresh))
    if old != new:
        same = [a == b for a, b in zip(old, new)] + [False]
        found.append(
            f"{source.stem}: cell {same.index(False) + 1} differs from the source: make notebooks."
        )
    return found


def _cells(nb) -> list[tuple]:
    return [(cell.id, cell.cell_type, cell.source, tuple(cells.tags(cell))) for cell in nb.cells]


def check_folder(folder: Path = FOLDER) -> list[str]:
    """What is wrong with the folder as a whole: a notebook without source, too many bytes."""
    committed = sorted(folder.glob("*.ipynb"))
    stems = {path.stem for path in (folder / "src").glob("*.py")}
    found = [
        f"{path.name} has no source in notebooks/src: delete it, or write one."
        for path in committed
        if path.stem not in stems
    ]
    total = sum(path.stat().st_size for path in committed)
    if total > MAX_TOTAL:
        found.append(f"the notebooks are {total / 1e6:.1f} MB, over {MAX_TOTAL / 1e6:.0f} MB.")
    return found


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapters", nargs="*", metavar="NN", help="such as 00; default: all")
    parser.add_argument("--check", action="store_true", help="compare only, execute nothing")
    args = parser.parse_args(argv)
    found = []
    try:
        for source in sources(args.chapters):
            if args.check:
                found += check(source)
                found += [f"{source.stem}: {fault}" for fault in shape.faults(convert(source))]
                continue
            try:
                build(source)
            except NotebookError as error:
                found.append(str(error))
        found += check_folder()
    except NotebookError as error:
        found.append(str(error))
    for sentence in found:
        print(sentence, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
