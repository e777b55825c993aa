"""What every test shares: the mirror, and the rule that CI skips nothing it could run."""

import os
import shutil
import socket
from itertools import cycle
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import settings
from jupyter_client.connect import LocalPortCache

ROOT = Path(__file__).resolve().parents[1]
LOOPBACK = ("127.0.0.1", "localhost", "::1")
CI = os.environ.get("CI", "").lower() in ("1", "true")
# No test fails for being slow: Hypothesis' own limit is 200 ms an example, on any machine.
settings.register_profile("posekit", deadline=None)
settings.load_profile("posekit")


def pytest_configure(config):
    """Workers that run side by side start notebooks' kernels, each on ports of its own.

    Jupyter chooses free ports and closes them again, and a second later the kernel opens them:
    by then another worker may have one of them. These are below those that the system gives.
    """
    if hasattr(config, "workerinput"):
        first = 20_000 + 1_000 * int(config.workerinput["workerid"].removeprefix("gw"))
        ports = cycle(range(first, first + 1_000))
        LocalPortCache.find_available_port = lambda self, ip: next(
            port for port in ports if _is_free(ip, port)
        )


def _is_free(ip: str, port: int) -> bool:
    with socket.socket() as trial:
        try:
            trial.bind((ip, port))
        except OSError:
            return False
    return True


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


@pytest.fixture(scope="module")
def camera_film():
    """The .y4m file that Chromium's test camera plays; None: its own, a green picture."""
    return None


@pytest.fixture(scope="module")
def chromium(camera_film):
    """A headless Chromium. Not kept for the session: Playwright leaves an asyncio loop
    running in this thread, in which later tests could not start one of their own."""
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, filter(None, names))), None)
    if path is None:
        pytest.skip("needs Chromium: apt-get install chromium, or set CHROMIUM to its path")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
                *([f"--use-file-for-fake-video-capture={camera_film}"] if camera_film else []),
            ],
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium):
    """A 1280x720 page without a way out.

    ``page.outside`` lists the addresses that were asked for outside this machine (each is
    refused; the test fails if any is left in it at the end), ``page.errors`` what went to
    the console as an error and every uncaught exception (the test looks at it).
    """
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.outside, page.errors = [], []
    context.route("**/*", lambda route: _only_local(route, page.outside))
    page.on("console", lambda m: page.errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    yield page
    context.close()
    assert not page.outside, f"the page asked for something outside: {page.outside[:5]}"


def _only_local(route, outside):
    address = urlsplit(route.request.url)
    if address.scheme in ("file", "data", "blob", "about") or address.hostname in LOOPBACK:
        return route.continue_()
    outside.append(route.request.url)
    return route.abort()


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
