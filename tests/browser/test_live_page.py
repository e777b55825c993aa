"""The page of `make web` in a real browser: it finds rendered people, and sends nothing anywhere.

Chromium's test camera plays a film of three rendered people, who move sideways a little. The
browser camera of chapter 00 looks at the same film.
"""

import base64
import gzip
import re
import sys
import types

import cv2
import numpy as np
import pytest

from posekit import crowds, export, live, onnx_networks
from posekit.errors import InputError
from posekit.live import sources
from posekit.live.crowds import CONFIDENCE
from posekit.plots import COLOURS
from posekit.synthetic import People
from slides.live import build

WAIT = 120_000  # milliseconds: a busy machine takes long to unpack a network
NETWORK_SIZE = (192, 256)
STEPS = (0, 4, 8, 4)  # pixels, by which the scene has moved in each frame of the film

# The shares of the picture's pixels that are very nearly of the colours.
PAINTED = """colours => {
  const {data} = view.getImageData(0, 0, view.canvas.width, view.canvas.height);
  return colours.map(colour => {
    let count = 0;
    for (let n = 0; n < data.length; n += 4) {
      count += colour.every((value, c) => Math.abs(data[n + c] - value) <= 2);
    }
    return count / (data.length / 4);
  });
}"""
REFUSE = """name => {
  navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("words", name); };
}"""
NO_CAMERA = {
    "NotAllowedError": "not allowed to use the camera. Allow it",
    "NotFoundError": "This machine has no camera. Choose a video instead",
    "NotReadableError": "Another program holds the camera",
    "AbortError": "gives no camera (words). Choose a video",
}
DROP = """([name, text]) => {
  const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], name));
  document.body.dispatchEvent(new DragEvent("drop", {dataTransfer, bubbles: true}));
}"""


@pytest.fixture(scope="module")
def scene():
    """Three rendered people, of whom a camera of 640 x 480 pixels would see all."""
    return People(4, 1, (480, 640), "openpose18", people=3, difficulty="easy")[0]


@pytest.fixture(scope="module")
def camera_film(scene, tmp_path_factory):
    """What Chromium's test camera plays, over and over: uncompressed YUV, frame by frame."""
    path = tmp_path_factory.mktemp("camera") / "people.y4m"
    frames = [np.roll(scene.image, step, axis=1) for step in STEPS]
    yuv = [cv2.cvtColor(frame, cv2.COLOR_RGB2YUV_I420).tobytes() for frame in frames]
    header = b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420\n"
    path.write_bytes(header + b"".join(b"FRAME\n" + frame for frame in yuv))
    return path


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The file of the network that the page runs."""
    path = tmp_path_factory.mktemp("network") / "crowd.onnx"
    export.export("crowd", path, NETWORK_SIZE)
    return path


@pytest.fixture(scope="module")
def address(exported, tmp_path_factory):
    """The page, on disk."""
    return build.build(exported, out=tmp_path_factory.mktemp("live") / "index.html").as_uri()


def opened(page, address):
    """The page, once its network is ready."""
    page.goto(address, timeout=WAIT)
    page.locator("body.ready").wait_for(timeout=WAIT)
    return page


def says(page, words):
    page.locator("#message", has_text=words).wait_for(timeout=WAIT)


def looked_at(page, people):
    """Once so many people are found, where: (P, K, 2) pixels, NaN where a joint is not."""
    page.locator("#people", has_text=re.compile(f"^{people}$")).wait_for(timeout=WAIT)
    found = page.evaluate("shown.people.map(joints => joints.map(j => j && [j.x, j.y]))")
    return np.array([[joint or (np.nan, np.nan) for joint in person] for person in found])


def python_finds(image, file):
    """The same as `looked_at`, of posekit with the same network."""
    network, card = onnx_networks.load_pretrained(file)
    people = crowds.find_people(network, image, card["codec"])
    return people.keypoints[people.person_scores >= CONFIDENCE]


def colours(page):
    rgb = [[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in COLOURS.values()]
    return page.evaluate(PAINTED, rgb)


@pytest.mark.browser
@pytest.mark.slow
def test_people_before_the_camera(page, address, scene):
    opened(page, address)
    page.locator("#camera").click()
    joints = looked_at(page, people=3)
    low, high = np.nanmin(joints, 1), np.nanmax(joints, 1)
    for person in scene.keypoints:
        middle = (np.nanmin(person, 0) + np.nanmax(person, 0)) / 2 + (np.mean(STEPS), 0)
        assert ((low < middle) & (middle < high)).all(1).any(), "somebody is found there"
    page.locator("#rate", has_text=re.compile(r"^\d+(\.\d)?$")).wait_for(timeout=WAIT)
    assert min(colours(page)) > 0.0005, "left, right and middle are drawn, each in its colour"
    assert page.locator("#view.mirrored").count() == 1
    assert not page.locator("#message").is_visible()
    assert page.errors == []
    # It keeps its promise without its good will too: the browser refuses.
    page.evaluate("fetch('https://example.org/').catch(error => error.message)")
    assert any("Content Security Policy" in error for error in page.errors)


@pytest.mark.browser
@pytest.mark.slow
def test_a_video_instead_of_a_camera(page, address, scene, exported, tmp_path):
    """One visit: no camera, a file that is no video, then a video that is dropped on the page."""
    opened(page, address)
    for error, sentence in NO_CAMERA.items():
        page.evaluate(REFUSE, error)
        page.locator("#camera").click()
        says(page, sentence)

    (tmp_path / "notes.mp4").write_text("no video")
    page.set_input_files("#file", tmp_path / "notes.mp4")
    says(page, "cannot play notes.mp4")

    with live.Writer(tmp_path / "clip.webm", fps=10) as writer:
        for _ in range(10):
            writer.write(scene.image)
    text = base64.b64encode((tmp_path / "clip.webm").read_bytes()).decode()
    page.evaluate(DROP, ["clip.webm", text])
    expected = python_finds(scene.image, exported)
    found = looked_at(page, len(expected))
    # The video is compressed, and a browser shrinks frames in its own way.
    away = np.linalg.norm(found[:, None] - expected, axis=-1)
    assert (np.nanmedian(away, -1).min(0) < 3).all(), "the people that Python finds, in pixels"
    assert page.locator("#view.mirrored").count() == 0
    page.locator("#camera").click()
    says(page, "gives no camera")
    page.wait_for_timeout(300)
    assert page.locator("#message").is_visible(), "the video does not play on over it"
    assert page.errors == []


@pytest.mark.browser
def test_chapter_00s_camera_sees_the_same_people(page, exported, tmp_path, monkeypatch):
    """Colab runs a script in the reader's browser; here Chromium is that browser."""

    def eval_js(script):
        page.evaluate("script => { window.picture = eval(script) }", script)
        page.wait_for_function("document.querySelector('video')?.currentTime > 0", timeout=WAIT)
        page.get_by_text("Take the picture").click()
        return page.evaluate("window.picture")

    colab = types.ModuleType("google.colab.output")
    colab.eval_js = eval_js
    for name in ("google", "google.colab"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, "google.colab.output", colab)
    (tmp_path / "page.html").write_text("<body></body>")
    page.goto((tmp_path / "page.html").as_uri())
    image = sources.colab_snapshot()
    assert image.shape == (480, 640, 3)
    assert len(python_finds(image, exported)) == 3
    assert page.errors == []


def test_a_network_for_one_person_has_no_page(monkeypatch, tmp_path):
    card = {"name": "heatmap", "codec": {"sigma": 1.5}}
    monkeypatch.setattr(onnx_networks, "card", lambda file: card)
    with pytest.raises(InputError, match="leave --size out"):
        build.build("heatmap.onnx", (192, 256), tmp_path / "index.html")
    with pytest.raises(InputError, match="heatmap does not find several people"):
        build.build("heatmap.onnx", out=tmp_path / "index.html")
    assert not list(tmp_path.iterdir())


def test_what_is_packed_is_the_same_every_day():
    data = bytes(range(256)) * 9
    assert gzip.decompress(base64.b64decode(build.packed(data))) == data
    assert build.packed(data) == build.packed(data[:])
    assert int.from_bytes(base64.b64decode(build.packed(data))[4:8]) == 0, "no date in it"
