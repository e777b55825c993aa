"""Small notebooks, written for one test each."""

import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

PARAMETERS = 'PROFILE = "quick"\nDATASET = "synthetic"\nSEED = 0'
HEADER = """# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
#   posekit: {title: Tiny, promise: See it run., minutes: 5, real_data: [people_media]}
# ---

# %% [markdown]
# # Tiny
#
# Text, and $x^2$.

# %% tags=["parameters"]
PROFILE = "quick"
DATASET = "synthetic"
SEED = 0

# %%
import time
time.sleep(0.4)
"""


@pytest.fixture
def notebook():
    """``notebook("code", ("code", "tag"), ...)``: with a parameters cell unless told not."""

    def make(*cells, parameters=PARAMETERS):
        nb = nbformat.v4.new_notebook()
        if parameters is not None:
            cells = [(parameters, "parameters"), *cells]
        for i, cell in enumerate(cells):
            source, *marks = (cell,) if isinstance(cell, str) else cell
            metadata = {"tags": marks} if marks else {}
            nb.cells.append(nbformat.v4.new_code_cell(source, metadata=metadata, id=f"cell{i}"))
        return nb

    return make


@pytest.fixture
def workbook(tmp_path):
    """``workbook("00_tiny", "more cells")``: a source in a folder laid out like notebooks/."""

    def make(name, *cells):
        folder = tmp_path / "notebooks"
        (folder / "src").mkdir(parents=True, exist_ok=True)
        source = folder / "src" / f"{name}.py"
        source.write_text("\n".join([HEADER, *cells]), encoding="utf-8")
        return source

    return make
