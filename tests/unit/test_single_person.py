"""One person found and followed, by a network that sees colours and by one that is shipped."""

import cv2
import numpy as np
import pytest
import torch

from posekit import checkpoints, cli, live, skeletons
from posekit.errors import InputError
from posekit.live import blazepose, pipeline, single_person, write_image
from posekit.live.single_person import SinglePersonDetector
from posekit.synthetic import People

RED, BLUE = [k for k in range(14) if k % 2], [k for k in range(14) if k % 2 == 0]


class Colours(torch.nn.Module):
    """Finds odd joints in the red disc and even ones in the blue; counts its looks."""

    looks = 0

    def parameters(self):
        return iter([torch.zeros(1)])  # nothing to learn, but a device

    def forward(self, images):
        self.looks += 1
        small = torch.nn.functional.avg_pool2d(images, 4)
        maps = small[:, [2 - 2 * (k % 2) for k in range(14)]]
        return 60 * (maps - 1)


@pytest.fixture
def colours(monkeypatch):
    model = Colours()
    card = checkpoints.card("heatmap")
    monkeypatch.setattr(checkpoints, "load_pretrained", lambda name: (model, card))
    return model


def scene(red, blue, height=240, width=320) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    image = np.zeros((height, width, 3), np.uint8)
    for channel, (cx, cy) in ((0, red), (2, blue)):
        image[np.hypot(x - cx, y - cy) <= 7, channel] = 255
    return image


def places(found):
    return found.keypoints[0, RED].mean(0), found.keypoints[0, BLUE].mean(0)


def test_the_joints_are_where_they_are_in_the_image(colours):
    found = SinglePersonDetector("heatmap").detect(scene((200, 60), (230, 180)))
    assert len(found) == 1 and found.skeleton == "lsp14" and colours.looks == 3
    np.testing.assert_allclose(places(found), [(200, 60), (230, 180)], atol=2)
    assert found.scores.shape == (1, 14) and found.scores.min() >= 0 and found.scores.max() <= 1


def test_a_video_is_followed_with_one_look_a_frame(colours):
    with SinglePersonDetector("heatmap", video=True) as net:
        for t in range(12):
            red, blue = (60 + 12 * t, 60 + 3 * t), (90 + 12 * t, 170 + 3 * t)
            found = net.detect(scene(red, blue), 33 * t)
            np.testing.assert_allclose(places(found), [red, blue], atol=2)
    assert colours.looks == 3 + 11


def test_who_is_lost_is_searched_for_again(colours):
    net = SinglePersonDetector("heatmap", video=True)
    assert len(net.detect(scene((60, 60), (90, 170)))) == 1
    assert len(net.detect(np.zeros((240, 320, 3), np.uint8))) == 0
    colours.looks = 0
    found = net.detect(scene((280, 40), (250, 200)))
    assert colours.looks == 3 and len(found) == 1
    np.testing.assert_allclose(places(found), [(280, 40), (250, 200)], atol=2)


def test_who_jumps_to_another_place_is_found_in_the_same_frame(colours):
    net = SinglePersonDetector("heatmap", video=True)
    net.detect(scene((60, 60), (90, 170)))
    found = net.detect(scene((280, 40), (250, 200)))
    np.testing.assert_allclose(places(found), [(280, 40), (250, 200)], atol=2)


def test_images_have_nothing_to_do_with_each_other(colours):
    net = SinglePersonDetector("heatmap")
    net.detect(scene((60, 60), (90, 170)))
    net.detect(scene((280, 40), (250, 200)))
    assert colours.looks == 6


def test_nobody_is_a_sample_of_no_people(colours):
    found = SinglePersonDetector("heatmap").detect(np.zeros((100, 90, 3), np.uint8))
    assert found.keypoints.shape == (0, 14, 2) and found.scores.shape == (0, 14)
    assert live.show_poses(found).shape == (100, 90, 3)


@pytest.mark.parametrize(
    "shape, kind",
    [((9, 9), "u1"), ((9, 9, 3), "f4"), ((9, 9, 4), "u1"), ((0, 0, 3), "u1"), ((9, 0, 3), "u1")],
)
def test_what_is_no_image_is_refused(colours, shape, kind):
    with pytest.raises(InputError, match="uint8 RGB"):
        SinglePersonDetector("heatmap").detect(np.zeros(shape, kind))


def test_settings_that_make_no_sense():
    with pytest.raises(InputError, match="confidence"):
        SinglePersonDetector("cnn", confidence=1.5)
    with pytest.raises(InputError, match="no checkpoint 'nothing'"):
        SinglePersonDetector("nothing")


ONE_PERSON = [n for n in checkpoints.names() if checkpoints.card(n)["task"] == "single_person"]


@pytest.mark.parametrize("name", ONE_PERSON)
def test_every_shipped_network_runs_on_an_image(name):
    person = People(seed=9, count=1, size=256, difficulty="easy")[0]
    found = SinglePersonDetector(name, confidence=0).detect(person.image)
    assert len(found) == 1 and np.isfinite(found.keypoints).all()
    assert len(skeletons.get(found.skeleton)) == found.keypoints.shape[1]
    # Somewhere on the person, not in a corner: within half of the box's side of its middle.
    box = person.boxes[0]
    middle, side = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]).max()
    assert np.linalg.norm(found.keypoints[0].mean(0) - middle) < side / 2


def test_the_command_runs_a_network_of_the_course(tmp_path, capsys):
    write_image(tmp_path / "person.png", People(seed=9, count=1, size=192)[0].image)
    out = tmp_path / "drawn.png"
    status = cli.main(
        ["live", "--source", str(tmp_path / "person.png"), "--model", "cnn", "--out", str(out)]
    )
    assert status == 0 and out.exists()
    assert "people found: 1 in 1" in capsys.readouterr().out


def test_without_a_bundle_the_courses_own_network_takes_over(monkeypatch, colours):
    no_bundle(monkeypatch)
    asked = []
    monkeypatch.setattr(single_person, "SinglePersonDetector", lambda *args: asked.append(args))
    live.open_detector()
    assert asked == [(live.PHOTOGRAPHS, False)]
    with pytest.raises(InputError, match="finds one person: leave --poses out"):
        live.open_detector(poses=3)


def no_bundle(monkeypatch):
    for file in (blazepose, pipeline, single_person):
        monkeypatch.setattr(file, "bundle_path", lambda: None)


@pytest.fixture
def photograph(tmp_path):
    write_image(tmp_path / "a.png", People(seed=9, count=1, size=192)[0].image)
    return ["--source", str(tmp_path / "a.png"), "--out", str(tmp_path / "drawn.png")]


def test_the_fallback_says_what_it_is_what_it_needs_and_its_terms(monkeypatch, photograph, capsys):
    no_bundle(monkeypatch)
    assert cli.main(["live", *photograph]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith("Network: heatmap_photos of this course, for one whole person anywhere")
    assert checkpoints.card("heatmap_photos")["terms"] in first
    assert "BlazePose, which finds more, is not on this machine: `posekit data get" in first


def test_a_network_that_was_asked_for_is_named(photograph, capsys):
    assert cli.main(["live", "--model", "cnn", *photograph]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith("Network: cnn of this course") and "BlazePose" not in first


def test_several_people_without_the_bundle(monkeypatch, photograph, capsys):
    """Who has just fetched it from a mirror is not told to do that again, and nothing else."""
    no_bundle(monkeypatch)
    assert cli.main(["live", "--poses", "3", *photograph]) == 2
    said = capsys.readouterr().err
    for words in ("heatmap_photos finds one person: leave --poses out", "POSEKIT_MIRROR names a"):
        assert words in said, said
    monkeypatch.setattr(single_person, "bundle_path", lambda: "a bundle")
    assert cli.main(["live", "--model", "cnn", "--poses", "3", *photograph]) == 2
    assert "BlazePose finds several: leave --model out." in capsys.readouterr().err


@pytest.mark.parametrize("confidence, people", [(1.0, 0), (0.1, 1)])
def test_who_has_too_little_support_is_nobody(colours, confidence, people):
    net = SinglePersonDetector("heatmap", confidence=confidence)
    assert len(net.detect(scene((200, 60), (230, 180)))) == people


def test_it_runs_on_one_thread_and_puts_the_others_back(colours, monkeypatch):
    seen, before = [], (torch.get_num_threads(), cv2.getNumThreads())
    forward = colours.forward
    monkeypatch.setattr(
        colours, "forward", lambda images: seen.append(torch.get_num_threads()) or forward(images)
    )
    torch.set_num_threads(3)
    try:
        SinglePersonDetector("heatmap").detect(scene((200, 60), (230, 180)))
        after = torch.get_num_threads(), cv2.getNumThreads()
    finally:
        torch.set_num_threads(before[0])
    assert seen == [1, 1, 1], f"the network ran on {seen} threads, one is right"
    assert after == (3, before[1]), f"then {after} threads, {(3, before[1])} are right"
