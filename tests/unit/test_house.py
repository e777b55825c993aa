"""The structure of posekit: who may import whom, how much one has to read, how long things are."""

import ast
import io
import json
import re
import subprocess
import sys
import tokenize
from functools import cache
from pathlib import Path
from statistics import median, quantiles

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "posekit"
CHAPTERS = sorted((ROOT / "notebooks" / "src").glob("*.py"))
# The order of the house: a part imports only from parts before it.
ORDER = re.findall(
    r"\w+",
    """
    errors environment files locks skeletons geometry cameras data datasets synthetic catalog
    codecs models checkpoints onnx_networks losses metrics oks coco_results precision resume
    averaging training inference lifting lifting_scores search crowds evaluation clip_scores
    smoothing memory_scores tracking tracking_scores track_windows counting tasks
    export plots latency widgets live exercises doctor commands cli
""",
)
# Wings stand behind one small face each: nobody outside reaches past their __init__.
WINGS = ("datasets", "synthetic", "exercises")
MOST_LINES, MOST_OF_THE_CORE = 350, 10500
MOST_OF_A_CHAPTER = 2500  # lines of code
# The backbone that knows ImageNet stands in 00 and 04. Two groupings, one of them compiled,
# mosaics, several sizes, and COCO's scoring stand in 05; 06 measures, exports and times all of
# that. 07 counts two networks of the paper's size, trains on clips and images together, and
# prepares skeletons of clips. 08 goes from the detectors of the live demo, on photographs, to a
# training in class. 09 trains in class, too, and scores on clips. 10 has two trained networks of
# other chapters beside its own: one that finds joints in images, and the recipe of skeletons that
# landmarks follow. 11 is the whole way from a camera to actions.
LONGER = {
    "00_live_demo": 2600,
    "04_soft_argmax": 2600,
    "05_part_affinity_fields": 3700,
    "06_depthwise_convolutions": 4200,
    "07_multitask_pose_and_action": 3400,
    "08_3d_pose_machines": 4800,
    "09_lstm_pose_machines": 2900,
    "10_action_recognition": 2950,
    "11_real_time_pose_and_action": 3350,
}


@cache
def files() -> tuple[Path, ...]:
    return tuple(sorted(PACKAGE.rglob("*.py")))


def part(path: Path) -> str:
    """``geometry`` of posekit/geometry.py, ``data`` of posekit/data/crops.py."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def imported(path: Path) -> dict[str, None]:
    """The dotted names below posekit that a file imports, as far as they are given."""
    found = {}
    inside = ("posekit", *path.relative_to(PACKAGE).parts[:-1]) if PACKAGE in path.parents else ()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(inside[: len(inside) - node.level + 1]) if node.level else ""
            module = ".".join(filter(None, (base, node.module)))
            names = [f"{module}.{alias.name}" for alias in node.names]
        found |= {name: None for name in names if name.startswith("posekit.")}
    return found


def file_of(name: str) -> Path:
    """The file that a dotted name is in: a module, else the one whose attribute it is."""
    path = PACKAGE.joinpath(*name.split(".")[1:])
    for there in (path.with_suffix(".py"), path / "__init__.py"):
        if there.is_file():
            return there
    return file_of(name.rpartition(".")[0])


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def lines_of_code(path: Path) -> int:
    """Lines that hold code: blank lines, comments and docstrings explain it, and do not count."""
    source = path.read_text(encoding="utf-8")
    aside = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER}
    aside |= {tokenize.INDENT, tokenize.DEDENT}
    code = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in aside:
            code |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node
        ):
            code -= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return len(code)


def test_a_part_imports_only_from_parts_before_it():
    wrong = []
    for path in files():
        own = part(path)
        if own in ("__init__", "cli"):  # cli asks for the version, which stands at the top
            continue
        assert own in ORDER, f"{own} has no place in the order of the house"
        for name in imported(path):
            other = name.split(".")[1]
            later = ORDER.index(other) > ORDER.index(own)
            apart = {own, other} == {"codecs", "models"}
            if own != other and (
                later or apart or (own in ("codecs", "models") and other == "data")
            ):
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert wrong == []


def test_no_two_files_import_each_other():
    after: dict[Path, set[Path]] = {
        path: {file_of(name) for name in imported(path)} - {path} for path in files()
    }
    done: set[Path] = set()

    def walk(path, way):
        assert path not in way, " -> ".join(str(p.relative_to(ROOT)) for p in [*way, path])
        if path not in done:
            for other in after[path]:
                walk(other, [*way, path])
            done.add(path)

    for path in files():
        walk(path, [])


@pytest.mark.parametrize("wing", WINGS)
def test_nobody_reaches_past_the_face_of_a_wing(wing):
    """The package, the lessons, the decks and the scripts; a wing's own tests may."""
    outside = [path for path in files() if part(path) != wing]
    for folder in ("notebooks/src", "slides", "data_scripts"):
        outside += sorted((ROOT / folder).glob("*.py"))
    face = PACKAGE / wing / "__init__.py"
    # A folder's or file's own name may be imported from the face, which exports it.
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in outside
        for name in imported(path)
        if name.startswith(f"posekit.{wing}.") and file_of(name.rpartition(".")[0]) != face
    ]
    assert wrong == []


def needed(chapter: Path) -> set[Path]:
    """The core's files that a chapter runs through, `plots` and `widgets` apart.

    What is found by name counts too: the networks and codecs of the checkpoints that it loads,
    and the detector that shows them.
    """
    source = chapter.read_text(encoding="utf-8")
    todo = [file_of(name) for name in imported(chapter)]
    cards = re.findall(r'load_pretrained\("(\w+)"', source)
    if "live.open_detector" in source:
        cards.append("heatmap_photos")
        todo.append(PACKAGE / "live" / "single_person.py")
    for name in cards:
        card = json.loads((PACKAGE / "checkpoints" / f"{name}.json").read_text())
        todo.append(file_of(f"posekit.models.{card['network']['name']}"))
        named = [card[key]["name"] for key in ("decode", "scores") if card.get(key)]
        todo += [file_of(f"posekit.codecs.{name}") for name in named]
    found = set()
    while todo:
        path = todo.pop()
        if path not in found and part(path) not in (*WINGS, "plots", "widgets"):
            found.add(path)
            todo += [file_of(name) for name in imported(path)]
            todo += [folder / "__init__.py" for folder in path.parents if PACKAGE in folder.parents]
    return found


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_what_one_chapter_needs_of_the_core_can_be_read(chapter):
    count = {str(path.relative_to(ROOT)): lines_of_code(path) for path in needed(chapter)}
    most = LONGER.get(chapter.stem, MOST_OF_A_CHAPTER)
    assert sum(count.values()) <= most, (sum(count.values()), count)


def test_the_core_as_a_whole():
    """Lines of code: a docstring that says shapes, units and errors is nothing to save on."""
    core = [path for path in files() if part(path) not in WINGS]
    assert sum(map(lines_of_code, core)) <= MOST_OF_THE_CORE


def test_no_file_is_longer_than_a_few_screens():
    long = {str(path.relative_to(ROOT)): lines(path) for path in files()}
    assert {name: count for name, count in long.items() if count > MOST_LINES} == {}


def test_functions_are_short():
    lengths = [
        node.end_lineno - node.lineno + 1
        for path in files()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert median(lengths) <= 8
    assert quantiles(lengths, n=20)[-1] <= 25


def test_the_formatter_lays_out_every_line():
    tracked = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True)
    mark = "fmt: " + "skip"
    marked = [name for name in tracked.stdout.split() if mark in (ROOT / name).read_text()]
    assert marked == []


LIVE = """
import sys
from posekit import cli
status = cli.main(["live", "--source", sys.argv[1], "--out", sys.argv[2], *sys.argv[3:]])
loaded = [name.removeprefix("posekit.") for name in sys.modules if name.startswith("posekit.")]
print("loaded", *loaded, "torch" if "torch" in sys.modules else "")
sys.exit(status)
"""


def live(tmp_path, *options) -> list[str]:
    """What a live demo on one image has imported."""
    image = tmp_path / "person.png"
    code = "import sys; from posekit import live, synthetic;"
    code += "live.write_image(sys.argv[1], synthetic.People(9, 1, 192)[0].image)"
    subprocess.run([sys.executable, "-c", code, image], check=True)
    command = [sys.executable, "-c", LIVE, image, tmp_path / "out.png", *options]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1].split()


def test_the_live_demo_loads_no_losses_and_no_other_chapters_networks(tmp_path):
    loaded = live(tmp_path, "--model", "heatmap")
    assert {"live.single_person", "models.heatmap_nets", "codecs.heatmaps"} <= set(loaded)
    others = (
        "losses",
        "metrics",
        "training",
        "tasks",
        "evaluation",
        "models.regression",
        "synthetic",
    )
    assert [name for name in loaded if name.startswith(others)] == []


@pytest.mark.mirror
def test_blazepose_does_without_torch(tmp_path, mirror, monkeypatch):
    monkeypatch.setenv("POSEKIT_MIRROR", str(mirror))
    loaded = live(tmp_path)
    assert (
        "live.blazepose" in loaded and "torch" not in loaded and "live.single_person" not in loaded
    )
