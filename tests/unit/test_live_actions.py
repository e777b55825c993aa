"""``posekit live --actions``: tracks, windows, names by two thresholds, JSON lines, a video."""

import argparse
import json

import numpy as np
import pytest
import torch

from posekit import live, skeletons
from posekit.commands import live as command
from posekit.errors import InputError
from posekit.live import actions, pipeline, several, single_person
from posekit.live.actions import ActionDetector, Person
from posekit.live.blazepose import Detection, Detector
from posekit.live.lift import LiftDetector
from posekit.live.sources import open_source

from .made_camera import plug_in
from .made_people import STANDING
from .made_video import TIMES, uneven_video

BLAZE = skeletons.get("blazepose33")
SIZE = (160, 240)
CARD = {
    "name": "tiny",
    "task": "landmark_actions",
    "skeleton": "blazepose33",
    "frames": 6,
    "actions": ["still", "moves"],
    "terms": "free",
}


class Moves(torch.nn.Module):
    """Says ``moves`` of whose landmarks move to the right, sure by how much."""

    def forward(self, windows):
        assert windows.shape[1:] == (6, 33, 4)
        way = 100 * (windows[:, -1, :, 0] - windows[:, 0, :, 0]).mean(1) - 3
        return torch.stack([-way, way], 1)


def detection(*places, image=None) -> Detection:
    points = skeletons.convert(
        np.array([0.6 * STANDING + place for place in places]).reshape(-1, 17, 2),
        None,
        "coco17",
        "blazepose33",
    ).keypoints
    points = np.where(np.isfinite(points), points, np.reshape(places, (-1, 1, 2)))
    return Detection(
        "made",
        "blazepose33",
        points,
        np.full(points.shape[:2], 2),
        np.zeros((*SIZE, 3), np.uint8) if image is None else image,
        scores=np.full(points.shape[:2], 0.9),
        z=np.zeros(points.shape[:2], np.float32),
    )


class Made(Detector):
    """Finds one person who stands and one who walks to the right; the order changes."""

    about, video = "made up.", True

    def __init__(self, stop=None):
        self.frames, self.stop, self.closed = 0, stop, False

    def detect(self, image, time_ms=None):
        t, self.frames = self.frames, self.frames + 1
        if t == self.stop:
            raise KeyboardInterrupt
        people = (60, 80), (90 + 2 * t, 80)
        return detection(*people[:: 1 if t % 2 else -1], image=image)

    def close(self):
        self.closed = True


def run(frames=30, **settings) -> ActionDetector:
    found = ActionDetector(Made(), (Moves(), CARD), **settings)
    for t in range(frames):
        found.detect(np.zeros((*SIZE, 3), np.uint8), 1000 * t / 30)
    return found


def said(found: ActionDetector) -> dict:
    return {n: found.people[n].action for n in sorted(found.people)}


def test_each_person_has_an_action_of_their_own():
    found = ActionDetector(Made(), (Moves(), CARD))
    for t in range(30):
        people = found.detect(np.zeros((*SIZE, 3), np.uint8), 1000 * t / 30)
    x = people.keypoints[..., 0].mean(1)
    walker, stander = (int(found.numbers[n]) for n in (x.argmax(), x.argmin()))
    assert said(found) == {walker: 1, stander: 0} and {walker, stander} == {1, 2}
    assert min(person.confidence for person in found.people.values()) > 0.6


def test_nothing_is_said_before_a_window_is_full():
    # A number comes with the third frame, and a window takes six from there on.
    assert said(run(frames=7)) == {1: None, 2: None}
    assert run(frames=7).people[1].strip.maxlen == actions.STRIP
    assert not run(frames=7).people[1].strip and run(frames=8).people[1].strip


def test_two_thresholds():
    person, names = Person(np.array([0.5, 0.5]), 0.0), []
    for t, sure in enumerate([0.8] * 10 + [0.55] * 30 + [0.45] * 30 + [0.2] * 30, 1):
        person.hear(np.array([sure, 1 - sure]), t / 10)
        person.seconds = t / 10
        names.append(person.action)
    assert names[0] is None, "one window is not enough"
    assert names[9] == names[39] == names[69] == 0, "from 0.6 on, until below 0.4"
    assert names[-1] == 1 and person.confidence == pytest.approx(0.8, abs=0.01)
    assert len(person.strip) == 90


def test_nobody_and_twenty_people():
    found = ActionDetector(Made(), (Moves(), CARD))
    found.detector.detect = lambda image, time_ms: detection(image=image)
    assert len(found.detect(np.zeros((*SIZE, 3), np.uint8))) == 0 and found.people == {}
    assert found.show(detection()).shape == (160, 240 + 240, 3)
    places = [(12 * n, 40 + 80 * (n % 2)) for n in range(20)]
    found.detector.detect = lambda image, time_ms: detection(*places, image=image)
    for _ in range(12):
        many = found.detect(np.zeros((*SIZE, 3), np.uint8))
    assert len(said(found)) == 20 and set(said(found).values()) == {0}
    assert found.show(many).shape == (160, 480, 3)


def test_a_person_lost_for_a_second_begins_anew():
    found = run(frames=20)
    found.detector.detect = lambda image, time_ms: detection(image=image)
    for t in range(20, 60):
        found.detect(np.zeros((*SIZE, 3), np.uint8), 1000 * t / 30)
    assert found.people == {}


def test_what_is_shown():
    found = run()
    image = found.show(found.detector.detect(np.zeros((*SIZE, 3), np.uint8)), "2 found")
    assert image.shape == (160, 480, 3) and image.dtype == np.uint8
    colours = {tuple(c) for c in image[:, 240:].reshape(-1, 3)}
    assert {actions.COLOURS[1], actions.COLOURS[2]} <= colours, "a strip for each"
    assert set(found.milliseconds) == set(actions.STAGES) and found.milliseconds["tracks"] > 0


@pytest.mark.parametrize("size", [(240, 320), (160, 120), (720, 1280)])
def test_the_line_of_the_stages_is_whole(size):
    """However small the frame is, and however slow the machine."""
    found = ActionDetector(Made(), (Moves(), CARD))
    found.milliseconds = dict.fromkeys(actions.STAGES, 888.0)
    image = found.show(detection(image=np.zeros((*size, 3), np.uint8)))
    assert (image[:, -4:] == 255).all() and (image[-40:, size[1] :] < 255).any()


def test_a_window_with_an_unknown_joint_is_not_asked_about():
    found = ActionDetector(Made(), (Moves(), CARD))
    for t in range(30):
        people = found.detector.detect(np.zeros((*SIZE, 3), np.uint8))
        people.keypoints[:, 0] = np.nan if t == 20 else people.keypoints[:, 0]
        found.detector.detect, given = (lambda *_, people=people: people), found.detector.detect
        found.detect(people.image, 1000 * t / 30)
        found.detector.detect = given
    assert said(found) == {1: 0, 2: 1} or said(found) == {1: 1, 2: 0}
    assert all(np.isfinite(person.chances).all() for person in found.people.values())


def test_landmarks_are_as_a_recording_has_them():
    x = actions.landmarks(detection((100, 50)))
    hip = BLAZE.index("left_hip")
    wide = 160 * 4 / 3
    np.testing.assert_allclose(x[0, hip], [(100 + 4.8 + 0.5) / wide, 50.5 / 160, 0, 0.9], atol=1e-5)


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "in.avi"
    with live.Writer(path, 30) as writer:
        for _ in range(25):
            writer.write(np.full((*SIZE, 3), 90, np.uint8))
    return path


def test_a_camera_unplugged_midway(tmp_path, monkeypatch, capsys):
    """The video plays, the lines are whole, and one sentence says what happened."""
    frame = np.full((*SIZE, 3), 90, np.uint8)
    plug_in(monkeypatch, [frame] * 13)  # the first one is for the size
    monkeypatch.setattr(pipeline, "open_detector", lambda *_, **__: Made())
    monkeypatch.setattr(pipeline, "default_model", lambda model: None)
    out, lines = tmp_path / "out.mp4", tmp_path / "out.json"
    named = ActionDetector(Made(), (Moves(), CARD), lines)
    assert pipeline.run_live(0, out, wrap=lambda _: named) == 0
    printed = capsys.readouterr()
    assert "camera 0: 12 frames" in printed.out
    assert printed.err.splitlines()[-1] == "posekit: camera 0 stopped giving frames."
    assert len(list(open_source(out))) >= 1
    rows = [json.loads(line) for line in lines.read_text().splitlines()]
    assert {row["frame"] for row in rows} == set(range(2, 12)) and named.detector.closed


@pytest.mark.parametrize("stop", [None, 15])
def test_the_video_plays_and_each_line_is_json(tmp_path, video, monkeypatch, stop):
    """Ctrl-C included: what was written until then is whole."""
    texts = []
    for n in range(2):
        out, lines, made = tmp_path / f"out{n}.mp4", tmp_path / f"out{n}.json", Made(stop)
        monkeypatch.setattr(pipeline, "open_detector", lambda *_, made=made, **__: made)
        monkeypatch.setattr(pipeline, "default_model", lambda model: None)
        named = ActionDetector(made, (Moves(), CARD), lines)
        assert pipeline.run_live(video, out, wrap=lambda _, named=named: named) == 0
        assert made.closed
        frames = list(open_source(out))
        assert len(frames) == (stop or 25) and frames[0].shape == (160, 480, 3)
        texts.append(lines.read_text())
    rows = [json.loads(line) for line in texts[0].splitlines()]
    assert texts[0] == texts[1], "the same video gives the same lines"
    assert len(rows) == 2 * ((stop or 25) - 2) and {row["person"] for row in rows} == {1, 2}
    assert {row["action"] for row in rows} == {None, "still", "moves"}
    assert np.shape(rows[-1]["keypoints"]) == (33, 2) and 0 <= rows[-1]["confidence"] <= 1


def test_the_lines_of_json_have_the_videos_own_times(tmp_path, monkeypatch):
    """And so have the tracks, the smoothing and the windows, which go by the same seconds."""
    monkeypatch.setattr(pipeline, "open_detector", lambda *_, **__: Made())
    monkeypatch.setattr(pipeline, "default_model", lambda model: None)
    lines, video = tmp_path / "out.json", uneven_video(tmp_path / "in.mp4")
    named = ActionDetector(Made(), (Moves(), CARD), lines)
    assert pipeline.run_live(video, tmp_path / "out.mp4", wrap=lambda _: named) == 0
    rows = [json.loads(line) for line in lines.read_text().splitlines()]
    assert {row["frame"]: row["seconds"] for row in rows} == dict(enumerate(TIMES[2:], 2))


def test_the_options_are_found_by_name():
    assert pipeline.wrapper_files(["--actions", "--json", "a.json", "--poses", "3"]) == [actions]
    assert pipeline.wrapper_files(["--actions", "--actions=mine"]) == [actions], "the last counts"
    parser = argparse.ArgumentParser()
    actions.add_options(parser)
    assert vars(parser.parse_args(["--actions"])) == {"actions": "actions", "json": None}


def test_several_people_unless_somebody_says_how_many():
    parser = argparse.ArgumentParser()
    several.add_options(parser)
    actions.add_options(parser)
    assert parser.parse_args(["--actions"]).poses == actions.POSES == 4
    assert parser.parse_args(["--actions", "--poses", "2"]).poses == 2


def test_a_network_of_one_person_is_not_refused_for_poses_that_nobody_asked_for():
    parser = argparse.ArgumentParser()
    single_person.add_options(parser)
    actions.add_options(parser)
    assert parser.parse_args(["--actions"]).poses is None


@pytest.mark.parametrize("lift_first", [False, True])
def test_actions_and_joints_in_space_together(lift_first):
    """Numbers, strips and the drawing in space, whichever option comes first."""
    order = [lambda inner: ActionDetector(inner, (Moves(), CARD)), LiftDetector]
    found = Made()
    for around in reversed(order) if lift_first else order:
        found = around(found)
    with found:
        for t in range(12):
            people = found.detect(np.zeros((*SIZE, 3), np.uint8), 1000 * t / 30)
        image = found.show(people, "2 found")
    assert image.shape == (160, 240 + 240 + 160, 3)
    colours = {tuple(c) for c in image[:, 240:].reshape(-1, 3)}
    assert {actions.COLOURS[1], actions.COLOURS[2]} <= colours, "a strip for each"


def test_single_images_stay_single_images_for_what_is_around():
    """The network that lifts would take unrelated images for a movement."""
    made = Made()
    for video in (False, True):
        made.video = video
        assert LiftDetector(ActionDetector(made, (Moves(), CARD))).video == video


def test_the_command_says_which_network_is_around_the_detector(monkeypatch, capsys):
    made = []
    monkeypatch.setattr(pipeline, "run_live", lambda *rest, **_: made.append(rest[-1](Made())))
    chosen = {"detector": several, "wrappers": [actions], "source": "0", "out": None, "model": None}
    command.run(argparse.Namespace(**chosen, poses=4, actions=(Moves(), CARD), json=None))
    assert made[0].about == "made up. Actions: tiny of this course (free)."
    assert capsys.readouterr().out == "Actions: tiny of this course (free).\n"


def test_what_makes_no_sense(tmp_path):
    with pytest.raises(InputError, match="heatmap does not name actions of landmarks"):
        ActionDetector(Made(), (Moves(), CARD | {"task": "single_person", "name": "heatmap"}))
    (tmp_path / "file").write_text("of before")
    with pytest.raises(InputError, match="could not be saved"):
        ActionDetector(Made(), (Moves(), CARD), tmp_path / "file" / "a.json")
    found = ActionDetector(Made(), (Moves(), CARD | {"skeleton": "coco17"}), tmp_path / "file")
    with pytest.raises(InputError, match="tiny reads coco17, and the detector finds blazepose33"):
        found.detect(np.zeros((*SIZE, 3), np.uint8))
    assert (tmp_path / "file").read_text() == "of before"
