"""The multitask network live: whose window it is, what is said of it, and what is drawn."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from posekit import checkpoints, cli, live, skeletons
from posekit.data.crops import square_crop
from posekit.errors import InputError
from posekit.inference import LIMB, in_metres
from posekit.live import multitask, write_image
from posekit.live.multitask import MultitaskDetector
from posekit.models.multitask import Looks, MultitaskNet, Poses, Predictions

LSP = skeletons.get("lsp14")
LIMBS, HIPS = LSP.limb_indices, [LSP.index("left_hip"), LSP.index("right_hip")]
CARD = {"name": "toy", "task": "multitask", "size": 64, "frames": 4, "skeleton": "lsp14"}
CARD |= {"actions": ["left", "right"], "terms": "MIT", "recipe": "multitask", "command": "-"}
CARD |= {"data": "-", "seed": 0, "hardware": "-", "minutes": 0, "metrics": {}}


class Discs(torch.nn.Module):
    """Odd joints are in the red disc, even ones in the blue; who goes right does *right*."""

    def __init__(self):
        super().__init__()
        self.device = torch.nn.Parameter(torch.zeros(1))
        self.looks, self.windows = 0, []  # frames looked at, and the windows' lengths

    def forward(self, clips):
        return self.over_time(self.look(clips.flatten(0, 1)), clips.shape[1])

    def look(self, images):
        self.looks += len(images)
        colours = (images[:, [2, 0]] - 0.5).clamp(min=0)  # (N, 2, H, W)
        mass = colours.sum((-1, -2))
        x = (colours.sum(-2) * torch.arange(images.shape[-1])).sum(-1) / mass.clamp(min=1e-6)
        y = (colours.sum(-1) * torch.arange(images.shape[-2])).sum(-1) / mass.clamp(min=1e-6)
        points = torch.stack([x, y, torch.full_like(x, 0.1)], -1)[:, [0, 1] * 7]
        seen = (60 * (mass - 0.5)).clamp(-9, 9)[:, [0, 1] * 7]
        return Looks([Poses(points, seen, torch.zeros(len(images), 14, 1, 1))], images)

    def over_time(self, looks, frames):
        self.windows.append(frames)
        poses = [Poses(*(part.unflatten(0, (-1, frames)) for part in one)) for one in looks.poses]
        x = poses[-1].points[..., 0]
        way = 2 * (x[:, -1] - x[:, 0]).mean(1)
        actions = {"fusion": [torch.stack([-way, way], -1)]} if frames > 1 else {}
        return Predictions(poses, actions)


def scene(x, y=60, height=160, width=240) -> np.ndarray:
    """A red disc, and a blue one 90 pixels below it."""
    rows, columns = np.mgrid[:height, :width]
    image = np.zeros((height, width, 3), np.uint8)
    for channel, down in ((0, 0), (2, 60)):
        image[np.hypot(columns - x, rows - y - down) <= 8, channel] = 255
    return image


def detector(video=True) -> MultitaskDetector:
    return MultitaskDetector((Discs(), CARD), video)


def test_the_window_fills_in_time_and_then_the_action_is_said():
    net = detector()
    said = []
    for t in range(10):  # 20 frames a second, of which every second one is kept
        found = net.detect(scene(60 + 6 * t), 50.0 * t)
        assert len(found) == 1
        red, blue = found.keypoints[0, 1], found.keypoints[0, 0]
        np.testing.assert_allclose([red, blue], [(60 + 6 * t, 60), (60 + 6 * t, 120)], atol=2)
        said.append(net.action)
    assert said[:6] == ["", "", *2 * ["2 of 4 frames"], *2 * ["3 of 4 frames"]]
    assert all(each.startswith("right ") and each.endswith("%") for each in said[6:])
    windows = [frames for frames in net.model.windows if frames > 1]
    assert windows == [2, 3, 4, 4], "a window is looked at when a frame is kept, and not between"


def test_times_a_hair_early_lose_no_frame():
    """An mp4 of 10 frames a second says 299.99999999999994 ms and the like."""
    net = detector()
    for t in range(4):
        net.detect(scene(60 + 6 * t), np.nextafter(100.0 * t, 0))
    assert net.action.startswith("right"), "4 of 4"


def test_what_is_said_is_the_networks_own_probability():
    net = detector()
    for t in range(8):
        net.detect(scene(140 - 6 * t), 100.0 * t)
    name, chance = net.action.split()
    assert name == "left" and 50 < int(chance.rstrip("%")) <= 100


@pytest.mark.parametrize(("step", "stays"), [(0, True), (2, True), (12, False)])
def test_a_frame_is_looked_at_once_while_the_movement_stays_in_the_square(step, stays):
    net, images = detector(), []
    look_at = net._look_at
    net._look_at = lambda image: (images.append(image), look_at(image))[1]
    for t in range(9):
        net.detect(scene(60 + step * (t % 2 if stays else t)), 100.0 * t)
    assert len(images) == 9 if stays else len(images) > 9


def test_a_frame_that_stands_for_several_is_looked_at_once():
    net, images = detector(), []
    look_at = net._look_at
    net._look_at = lambda image: (images.append(image), look_at(image))[1]
    for time in (0.0, 300.0):
        net.detect(scene(60), time)
    assert len(net._window) == 4 and len(images) == 2


def test_looks_that_were_kept_say_what_a_look_at_the_whole_clip_says():
    torch.manual_seed(0)
    model = MultitaskNet(14, 2, (4, 8, 8, 8, 8), depth=4, width=8).eval()
    net = MultitaskDetector((model, CARD), video=True)
    net.confidence = 0.0
    for t in range(6):
        net.detect(scene(60), 100.0 * t)
    crops = [square_crop(kept.sample.image, net._square, 64, 64)[0] for kept in net._window]
    clip = torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2)[None].float() / 255
    with torch.no_grad():
        said = model(clip).actions["fusion"][-1][0]
    assert len(crops) == 4 and net.action == net._say([said])


def test_without_times_every_frame_is_kept():
    net = detector()
    for t in range(4):
        net.detect(scene(60 + 6 * t))
    assert net.action.startswith("right")


def test_a_clip_that_is_too_short_has_no_action():
    net = detector()
    for t in range(3):
        net.detect(scene(60 + 6 * t), 100.0 * t)
    assert net.action == "3 of 4 frames"


def test_a_slow_cameras_frames_stand_for_those_between():
    net = detector()
    net.detect(scene(60), 0.0)
    net.detect(scene(66), 300.0)
    assert net.action.startswith("right"), "1 + 3 of 4"
    net = detector()
    net.detect(scene(60), 0.0)
    net.detect(scene(66), 90_000.0)
    assert net.action.startswith("right") and len(net._window) == 4


def test_single_images_have_no_action_however_far_apart():
    net = detector(video=False)
    for time in (0.0, 5000.0):
        net.detect(scene(60), time)
        assert net.action == "" and len(net._window) == 1


def test_another_video_begins_where_time_goes_back():
    net = detector()
    for t in range(5):
        net.detect(scene(60 + 6 * t), 1000 + 100.0 * t)
    net.detect(scene(84), 0.0)
    assert len(net._window) == 1 and net.action == ""


@pytest.mark.parametrize("other", [np.zeros((160, 240, 3), np.uint8), scene(200, 80)])
def test_who_is_lost_takes_their_window_with_them(other):
    """Nobody is there for one frame, or somebody far away is."""
    net = detector()
    for t in range(5):
        net.detect(scene(40 + 2 * t), 100.0 * t)
    assert net.action.startswith("right")
    found = net.detect(other, 500.0)
    assert net.action == "" or not len(found)
    assert found.keypoints_3d.shape == (len(found), 14, 3)
    net.detect(scene(200, 80), 600.0)
    assert net.action in ("", "2 of 4 frames")


def test_images_are_looked_at_alone():
    net = detector(video=False)
    for t in range(6):
        found = net.detect(scene(60 + 6 * t), 100.0 * t)
        assert net.action == "" and len(found) == 1 and found.keypoints_3d.shape == (1, 14, 3)
    assert set(net.model.windows) == {1}


def test_images_of_several_sizes_are_no_problem():
    net = detector(video=False)
    for height, width in ((160, 240), (200, 180)):
        found = net.detect(scene(90, 60, height, width))
        assert net.show(found).shape == (height, width + 200, 3)


def test_an_earlier_answer_stays_as_it_was():
    net = detector()
    first = net.detect(scene(60), 0.0)
    kept = first.keypoints_3d.copy()
    net.detect(scene(66, 66), 100.0)
    np.testing.assert_array_equal(first.keypoints_3d, kept)


# -------------------------------------------------------------------------------- in space
@given(st.integers(0, 99), st.floats(0.5, 300))
def test_the_size_of_the_image_is_forgotten(seed, pixels):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(14, 3)) * (1, 1, 0.02)
    moved = points * (pixels, pixels, 1) + (37, -5, 0)
    one, other = in_metres(points, "lsp14"), in_metres(moved, "lsp14")
    np.testing.assert_allclose(one, other, atol=1e-3)
    np.testing.assert_array_equal(one[:, 2], points[:, 2])
    np.testing.assert_allclose(one[HIPS, :2].mean(0), 0, atol=1e-6)


@given(st.integers(0, 99), st.floats(0.1, 50))
def test_a_person_drawn_to_scale_gets_its_scale_back(seed, pixels):
    """The scale is that of the least squares: at it their sum no longer falls."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(14, 3)) * (pixels, pixels, 0.05)
    found = in_metres(points, "lsp14")

    def misfit(zoom):
        limbs = np.diff((found * (zoom, zoom, 1))[LIMBS], axis=1)[:, 0]
        return (((limbs**2).sum(1) - LIMB**2) ** 2).sum()

    assert misfit(1) <= min(misfit(0.99), misfit(1.01))


def test_a_limb_as_long_as_limbs_are_is_left_so():
    points = np.zeros((14, 3))  # all limbs at one place but one, turned out of the image
    points[:, :2] = 5
    points[LSP.index("head_top")] = (5 + 8, 5, LIMB / 2)
    found = in_metres(points, "lsp14")
    assert np.linalg.norm(np.ptp(found, axis=0)) == pytest.approx(LIMB)


def test_without_a_third_dimension_it_is_a_flat_one():
    assert (in_metres(np.random.default_rng(0).normal(size=(14, 2)), "lsp14")[:, 2] == 0).all()
    assert np.isfinite(in_metres(np.zeros((14, 3)), "lsp14")).all()


# -------------------------------------------------------------------------------- pictures
def test_the_skeleton_turns_beside_the_frame():
    net = detector()
    for t in range(4):
        found = net.detect(scene(60 + 6 * t), 100.0 * t)
    one, other = net.show(found, "1 found"), net.show(found, "1 found")
    assert one.shape == (160, 240 + 200, 3) and one.dtype == np.uint8
    np.testing.assert_array_equal(one[:, :240], live.show_poses(found, "1 found"))
    assert (one[:, 240:] != other[:, 240:]).any(), "it stands still"
    assert (one[:20, 240:] == 0).any(), "the action is written on black"
    nobody = net.detect(np.zeros((160, 240, 3), np.uint8), 400.0)
    assert (net.show(nobody)[:, 240:] == 255).all()


# ------------------------------------------------------------------------------ by command
@pytest.fixture
def untrained(tmp_path, monkeypatch):
    """A small network's checkpoint; whatever it finds is somebody."""
    torch.manual_seed(0)
    sizes = {"widths": (4, 8, 8, 8, 8), "width": 8, "depth": 4}
    arguments = {"joints": 14, "actions": 2, **sizes}
    card = CARD | {"network": {"name": "multitask.MultitaskNet", "arguments": arguments}}
    init = MultitaskDetector.__init__

    def without_confidence(self, *rest):
        init(self, *rest)
        self.confidence = 0.0

    monkeypatch.setattr(MultitaskDetector, "__init__", without_confidence)
    return checkpoints.save(MultitaskNet(14, 2, **sizes), tmp_path / "toy.safetensors", card)


def test_a_checkpoint_is_shown_live(untrained, tmp_path, capsys):
    """An image, a folder of two sizes, and a video of 9 frames at 10 a second."""
    command = ["live", "--model", str(untrained), "--source"]
    folder = tmp_path / "images"
    for n, width in enumerate((240, 180)):
        write_image(folder / f"{n}.png", scene(90, 60, 160, width))
    out = tmp_path / "one.png"
    assert cli.main([*command, str(folder / "0.png"), "--out", str(out)]) == 0
    assert "Network: toy of this course" in capsys.readouterr().out
    with live.open_source(out) as source:
        assert next(iter(source)).shape == (160, 440, 3)
    assert cli.main([*command, str(folder), "--out", str(tmp_path / "drawn")]) == 0
    assert len(list((tmp_path / "drawn").glob("*.png"))) == 2
    with live.Writer(tmp_path / "in.mp4", 10) as writer:
        for t in range(9):
            writer.write(scene(60 + 6 * t))
    video = tmp_path / "out.mp4"
    assert cli.main([*command, str(tmp_path / "in.mp4"), "--out", str(video)]) == 0
    assert "people found: 1 in 9" in capsys.readouterr().out
    with live.open_source(video) as source:
        assert [frame.shape for frame in source] == 9 * [(160, 440, 3)]


def test_several_people_are_refused(untrained, tmp_path, capsys):
    write_image(tmp_path / "a.png", scene(90))
    command = ["live", "--model", str(untrained), "--source", str(tmp_path / "a.png")]
    assert cli.main([*command, "--out", str(tmp_path / "b.png"), "--poses", "2"]) == 2
    assert "finds one person" in capsys.readouterr().err


def test_a_network_of_joints_alone_says_no_action():
    torch.manual_seed(0)
    net = MultitaskNet(14, 0, (4, 8, 8, 8, 8), depth=1).eval()
    flat = MultitaskDetector((net, CARD | {"actions": []}), video=True)
    flat.confidence = 0.0
    for t in range(5):
        found = flat.detect(scene(60), 100.0 * t)
    assert flat.action == "" and (found.keypoints_3d[..., 2] == 0).all()


def test_what_is_no_image_is_refused():
    with pytest.raises(InputError, match="must be"):
        detector().detect(np.zeros((8, 8), np.uint8))


def test_the_file_is_found_by_the_cards_task(untrained):
    assert live.pipeline.detector_file(untrained) is multitask
    assert json.loads(untrained.with_suffix(".json").read_text())["task"] == "multitask"
