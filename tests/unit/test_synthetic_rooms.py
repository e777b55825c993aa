"""The folders of the synthetic people import only from those before them, and nobody else does."""

import ast
import graphlib

import pytest

from posekit import synthetic

WING = "posekit.synthetic"
FOLDERS = ["human", "motion", "scene", "drawing"]
OUTSIDE = ["posekit", "slides", "notebooks", "data_scripts"]


def imports(path, package: str) -> set[str]:
    """All dotted names that a file imports, those within functions as well."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join(parts) if node.level else ""
            module = ".".join(filter(None, (base, node.module)))
            found |= {f"{module}.{alias.name}" for alias in node.names}
    return found


@pytest.fixture(scope="module")
def graph(root) -> dict[str, set[str]]:
    """Which files of the wing each of them imports, by their dotted names below the wing."""
    folder = root / "posekit" / "synthetic"
    files = {}
    for path in folder.rglob("*.py"):
        parts = path.relative_to(folder).with_suffix("").parts
        files[".".join(part for part in parts if part != "__init__")] = path
    graph = {}
    for name, path in files.items():
        package = ".".join((WING, *path.relative_to(folder).parts[:-1]))
        names = [each.removeprefix(f"{WING}.") for each in imports(path, package)]
        graph[name] = {each for each in files if each and any(_within(n, each) for n in names)}
        graph[name].discard(name)
    return graph


def _within(name: str, module: str) -> bool:
    return name == module or name.startswith(f"{module}.")


def rank(name: str) -> int:
    """Where a file stands: files beside the folders come last, but for the random generators."""
    if name == "random_generators":
        return -1
    top = name.split(".")[0]
    return FOLDERS.index(top) if top in FOLDERS else len(FOLDERS)


def test_a_folder_imports_only_from_those_before_it(graph):
    assert {name.split(".")[0] for name in graph if "." in name} == set(FOLDERS)
    wrong = [(name, to) for name, below in graph.items() for to in below if rank(to) > rank(name)]
    assert wrong == []


def test_no_two_files_import_each_other(graph):
    files = {name: below - set(FOLDERS) for name, below in graph.items()}
    assert len(list(graphlib.TopologicalSorter(files).static_order())) > 40  # raises on a circle


def test_nobody_reaches_past_the_face(root):
    wrong = []
    for path in (path for top in OUTSIDE for path in (root / top).rglob("*.py")):
        if root / "posekit" / "synthetic" in path.parents:
            continue
        names = imports(path, ".".join(path.relative_to(root).parts[:-1]))
        below = {name.removeprefix(f"{WING}.") for name in names if name.startswith(f"{WING}.")}
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "synthetic":
                below.add(node.attr)
        wrong += [f"{path.relative_to(root)}: {name}" for name in below - set(synthetic.__all__)]
    assert wrong == []


def test_files_are_short(root):
    long = {
        path.name: count
        for path in (root / "posekit" / "synthetic").rglob("*.py")
        if (count := len(path.read_text().splitlines())) > 350
    }
    assert long == {}
