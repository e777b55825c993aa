"""Each committed notebook of this folder is collected, and each of its cells is a test."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from notebooks.compare import pytest_collect_file  # noqa: E402, F401
