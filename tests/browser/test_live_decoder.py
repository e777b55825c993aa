"""The page's decoder finds the people that Python's finds: on rendered scenes, and on noise."""

import json
import subprocess

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from posekit import checkpoints, crowds, skeletons
from posekit.codecs.assembly import MOST, find_peaks
from posekit.codecs.pafs import PartFields
from posekit.geometry import cell_to_pixel
from posekit.tasks.crowds import rendered
from slides import assets

SKELETON, SIZE = "openpose18", (192, 256)
LIMBS = skeletons.get(SKELETON).limb_indices
SHAPE = (57, SIZE[0] // 4, SIZE[1] // 4)  # 19 heatmaps and 38 maps of the fields
CELLS = SHAPE[1] * SHAPE[2]
SCENES = 50

# Reads maps of all scenes, 32-bit numbers one after another, and writes the people as JSON.
PROGRAM = """
const fs = require("fs"), vm = require("vm");
const [decoder, file, about] = process.argv.slice(1);
const [[channels, height, width], limbs] = JSON.parse(about);
vm.runInThisContext(fs.readFileSync(decoder, "utf8"));
const bytes = fs.readFileSync(file), cells = height * width, all = [];
const numbers = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
for (let at = 0; at < numbers.length; at += channels * cells) {
  const part = (from, to) => ({dims: [1, to - from, height, width],
                               data: numbers.subarray(at + from * cells, at + to * cells)});
  all.push(decode(part(0, 19), part(19, channels), limbs));
}
console.log(JSON.stringify(all));
"""


def in_javascript(maps, folder, root):
    """The people of each scene, of maps (N, 57, h, w), as the page's decoder finds them."""
    (folder / "maps").write_bytes(np.ascontiguousarray(maps, np.float32).tobytes())
    script, about = root / "slides/live/decoder.js", json.dumps([maps.shape[1:], LIMBS.tolist()])
    command = [assets.node_command(), "-e", PROGRAM, str(script), str(folder / "maps"), about]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def in_python(maps):
    """The same people as Python's readable decoder finds them."""
    codec = PartFields(SKELETON, SIZE)
    return codec.decode(maps[:19], maps[19:], matching="greedy", compiled=False)


def assert_same(found, expected):
    """People of JavaScript and of Python, in the same order, joint for joint."""
    assert len(found) == len(expected.keypoints)
    for person, points, scores, total in zip(found, *expected):
        missing = [joint is None for joint in person["joints"]]
        assert missing == np.isnan(points[:, 0]).tolist()
        here = [(joint["x"], joint["y"], joint["height"]) for joint in person["joints"] if joint]
        x, y, height = np.transpose(here)
        places = cell_to_pixel(np.stack([x, y], -1), 4)
        np.testing.assert_allclose(places, points[~np.isnan(points[:, 0])], atol=1e-3)
        np.testing.assert_allclose(height, scores[scores > 0], atol=1e-6)
        np.testing.assert_allclose(person["score"], total, atol=1e-5)


@pytest.mark.slow
def test_fifty_rendered_scenes(tmp_path, root):
    model, _ = checkpoints.load_pretrained("crowd")
    maps = []
    for scene in rendered("test", SCENES, 256):
        with torch.inference_mode():
            predicted = model.predict(crowds.fit_image(scene.image, SIZE).tensor)
        maps.append(torch.cat(predicted[:2], 1)[0].numpy())
    expected = [in_python(one) for one in maps]
    assert sum(len(people.keypoints) for people in expected) > SCENES, "there is much to find"
    for found, people in zip(in_javascript(np.stack(maps), tmp_path, root), expected):
        assert_same(found, people)


def noise(seed):
    """Maps of smooth noise, some with equal heights side by side. One is rough: of its peaks not
    all may count. Two are the same: the two ends of a limb in one place."""
    rng = np.random.default_rng(seed)
    rough = rng.standard_normal(SHAPE)
    maps = gaussian_filter(rough, (0, 2, 2))
    maps[0], maps[3] = rough[0] / 10, maps[2]
    maps *= 0.5 / maps.std()
    maps[:19] = maps[:19].clip(0, 1) if seed % 2 else (maps[:19] * 4).round() / 8
    return maps.astype(np.float32)


def test_noise_plateaus_and_empty_maps(tmp_path, root):
    maps = [noise(seed) for seed in range(6)] + [np.zeros(SHAPE), np.ones(SHAPE)]
    assert len(find_peaks(maps[1][0])) == MOST
    expected = [in_python(one) for one in maps]
    assert [len(people.keypoints) > 5 for people in expected] == 6 * [True] + 2 * [False]
    for found, people in zip(in_javascript(np.stack(maps), tmp_path, root), expected):
        assert_same(found, people)
