"""What every test shares: the mirror, and the rule that CI skips nothing it could run."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CI = os.environ.get("CI", "").lower() in ("1", "true")


@pytest.fixture(scope="session")
def mirror() -> Path:
    """The folder of real data; the test skips, saying so, where there is none."""
    folder = os.environ.get("POSEKIT_MIRROR", "")
    if not folder or "://" in folder or not Path(folder).is_dir():
        pytest.skip("needs the real data: set POSEKIT_MIRROR to the folder of the lab mirror")
    return Path(folder).resolve()


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


def _must_run(item) -> bool:
    has_mirror = bool(os.environ.get("POSEKIT_MIRROR"))
    needs_mirror = "mirror" in item.keywords or "mirror" in getattr(item, "fixturenames", ())
    return CI and ("browser" in item.keywords or (needs_mirror and has_mirror))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """In CI a skipped browser or real-data test is a failure: green must mean tested."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and _must_run(item):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI, where it must run: {report.longrepr}"
