"""MediaPipe's landmarks as text: to the letter, both ways, and every way to be wrong."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from posekit import catalog, synthetic
from posekit.datasets import recordings
from posekit.datasets.fetch import local
from posekit.datasets.recordings import Recordings, read_recording, write_recording
from posekit.errors import InputError
from posekit.live import Detection


def landmarks(frames=4, seed=0):
    return np.random.default_rng(seed).uniform(-0.2, 1.2, (frames, 33, 4))


def write(folder, person, action, frames=4, seed=0):
    (folder / person).mkdir(parents=True, exist_ok=True)
    path = folder / person / f"{action}.txt"
    write_recording(path, landmarks(frames, seed))
    return path


def test_the_form_to_the_letter(tmp_path):
    values = np.full((2, 33, 4), 0.5)
    values[1, 0] = (0.6255581974983215, -1.5, 5.7696306612342596e-05, 1)
    write_recording(tmp_path / "a.txt", values)
    lines = (tmp_path / "a.txt").read_bytes().decode().split("\n")
    assert lines[0] == "," + ",".join(str(i) for i in range(132))
    assert lines[1] == "0" + ",0.5" * 132
    assert lines[2].startswith("1,0.6255581974983215,-1.5,5.7696306612342596e-05,1.0,0.5")
    assert lines[3:] == [""]


@given(arrays(float, (2, 33, 4), elements=st.floats(-1e6, 1e6)))
def test_there_and_back(tmp_path_factory, values):
    path = tmp_path_factory.getbasetemp() / "there_and_back.txt"
    write_recording(path, values)
    np.testing.assert_array_equal(read_recording(path), values)


def test_a_clip(tmp_path):
    write(tmp_path, "person01", "HANDSWING")
    (clip,) = Recordings(tmp_path, size=(100, 200))
    values = landmarks()
    assert (clip.id, clip.action, clip.group) == ("person01/HANDSWING", "hand_swing", "person01")
    np.testing.assert_array_equal(clip.landmarks, values)
    np.testing.assert_allclose(clip.keypoints[:, 0], values[..., :2] * (200, 100) - 0.5, atol=1e-4)
    np.testing.assert_allclose(clip[2].scores[0], values[2, :, 3], atol=1e-6)
    np.testing.assert_array_equal(clip.visible[:, 0], np.where(values[..., 3] >= 0.5, 2, 1))


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("RUN", "run"),
        ("RUNNING", "run"),
        ("STAND", "stand"),
        ("STANDING", "stand"),
        ("HEADSWING", "head_shaking"),
        ("HEADSHAKING", "head_shaking"),
        ("SWING", "head_shaking"),
        ("head_shaking", "head_shaking"),
        ("Body-Swing", "body_swing"),
    ],
)
def test_one_name_an_action(tmp_path, name, action):
    write(tmp_path, "p", name)
    assert Recordings(tmp_path)[0].action == action


def test_actions_are_called_as_the_synthetic_clips_call_them(tmp_path):
    assert set(recordings.ALIASES.values()) - set(synthetic.ACTIONS) == {"yoga"}


def test_names_that_are_unknown_are_all_told_at_once_and_kept(tmp_path):
    for person, name in (("anna", "NOTHING"), ("anna", "RUN"), ("bert", "SHAKING HEAD")):
        write(tmp_path, person, name, seed=len(person + name))
    said = r"NOTHING \(anna/NOTHING\.txt\), SHAKING HEAD \(bert/SHAKING HEAD\.txt\)\. .*aliases="
    with pytest.warns(UserWarning, match=said):
        clips = Recordings(tmp_path)
    assert [clip.action for clip in clips] == ["NOTHING", "run", "SHAKING HEAD"]
    assert list(clips.unknown) == ["NOTHING", "SHAKING HEAD"]
    with pytest.raises(InputError, match=said):
        Recordings(tmp_path, strict=True)


def test_aliases_say_what_a_name_means(tmp_path, recwarn):
    write(tmp_path, "anna", "SHAKING HEAD")
    write(tmp_path, "bert", "SWING", seed=1)  # this one is known, and told otherwise
    given = {"shaking-head": "head_shaking", "SWING": "hand_swing"}
    clips = Recordings(tmp_path, aliases=given, strict=True)
    assert [clip.action for clip in clips] == ["head_shaking", "hand_swing"]
    assert not clips.unknown and not recwarn


def test_a_students_folder_is_found_by_its_form(tmp_path, monkeypatch):
    """``<person>/<ACTION>.txt``, whatever the person is called."""
    monkeypatch.delenv("POSEKIT_MIRROR", raising=False)
    write(tmp_path / "mediapipe_recordings", "Zoë", "RUN")
    clips = catalog.load_clips("mediapipe_recordings", root=tmp_path)
    assert [clip.id for clip in clips] == ["Zoë/RUN"]


def test_line_ends_come_back_as_lf_and_numbers_to_the_last_digit(tmp_path):
    path = write(tmp_path, "p", "RUN")
    ours = path.read_bytes()
    path.write_bytes(ours.replace(b"\n", b"\r\n"))
    write_recording(tmp_path / "again.txt", read_recording(path))
    assert (tmp_path / "again.txt").read_bytes() == ours


def test_groups_and_copies(tmp_path):
    write(tmp_path, "anna", "RUN")
    write(tmp_path, "bert", "WALK", seed=1)
    copy = write(tmp_path, "bert", "RUN")
    copy.write_text(copy.read_text().rstrip("\n"))  # the same, but for the last line's end
    clips = Recordings(tmp_path)
    assert clips.groups == {"anna", "bert"}
    assert [clip.id for clip in clips] == ["anna/RUN", "bert/WALK"]
    assert clips.copies == [("bert/RUN.txt", "anna/RUN.txt")]
    assert len(Recordings(tmp_path, copies=True)) == 3
    with pytest.raises(InputError, match="no split 'train'; there is none"):
        Recordings(tmp_path, "train")


def test_another_skeleton(tmp_path):
    write(tmp_path, "p", "RUN")
    own, coco = Recordings(tmp_path)[0], Recordings(tmp_path, skeleton="coco17")[0]
    np.testing.assert_array_equal(coco.keypoints[:, :, 5], own.keypoints[:, :, 11])
    np.testing.assert_array_equal(coco.extra["scores"][:, :, 5], own.extra["scores"][:, :, 11])
    assert coco[0].scores.shape == (1, 17)


def _edit(line, change):
    def edit(lines):
        words = lines[line].split(",")
        change(words)
        lines[line] = ",".join(words)

    return edit


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (_edit(2, lambda w: w.pop()), "line 3: 133 columns are wanted, .* and there are 132"),
        (_edit(4, lambda w: w.append("0.1")), "line 5: 133 columns .* there are 134"),
        (_edit(3, lambda w: w.__setitem__(6, "nan")), "line 4: column 5 of landmark 1 is nan"),
        (_edit(3, lambda w: w.__setitem__(1, "-inf")), "line 4: column 0 of landmark 0 is -inf"),
        (_edit(3, lambda w: w.__setitem__(9, "")), "line 4: could not convert"),
        (_edit(3, lambda w: w.__setitem__(9, "left")), "line 4: could not convert .*left"),
        (_edit(2, lambda w: w.__setitem__(0, "7")), "line 3: the index should be 1, and is '7'"),
        (_edit(0, lambda w: w.pop()), "line 1: the header should be"),
        (_edit(0, lambda w: w.__setitem__(0, "frame")), "line 1: the header should be"),
        (lambda lines: lines.pop(0), "line 1: the header"),
        (lambda lines: lines.insert(2, ""), "line 3: 133 columns are wanted"),
        (lambda lines: lines.__delitem__(slice(1, None)), "has a header and no frame"),
        (lambda lines: lines.clear(), "line 1: the header"),
    ],
)
def test_bad_files(tmp_path, edit, words):
    path = write(tmp_path, "p", "RUN")
    lines = path.read_text().splitlines()
    edit(lines)
    path.write_text("\n".join(lines) + "\n" * bool(lines))
    with pytest.raises(InputError, match=rf"RUN\.txt,? {words}"):
        read_recording(path)


def test_line_ends_do_not_matter(tmp_path):
    path = write(tmp_path, "p", "RUN")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n") + b"\r\n")
    np.testing.assert_array_equal(read_recording(path), landmarks())


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.zeros((3, 33, 3)), "must be of shape"),
        (np.zeros((0, 33, 4)), "must be of shape"),
        (np.where(np.arange(33)[:, None] == 5, np.nan, np.zeros((2, 33, 4))), "landmark 5 is not"),
    ],
)
def test_what_cannot_be_written(tmp_path, values, words):
    with pytest.raises(InputError, match=words):
        write_recording(tmp_path / "a.txt", values)
    assert not list(tmp_path.iterdir())


def detection(values, people=1):
    """What BlazePose gives in a picture of 200 x 100 pixels, with its depth in pixels."""
    people = slice(0, people)
    return Detection(
        id="a",
        skeleton="blazepose33",
        size=(100, 200),
        visible=np.full((1, 33), 2)[people],
        keypoints=(values[None, :, :2] * (200, 100) - 0.5)[people],
        scores=values[None, :, 3][people],
        z=values[None, :, 2][people] * 200,
    )


def test_from_detections():
    values = landmarks(1)[0]
    rows = recordings.from_detections([detection(values, 0), detection(values)])
    assert rows.shape == (1, 33, 4)
    np.testing.assert_allclose(rows[0], values, atol=1e-6)
    with pytest.raises(InputError, match="nobody was found"):
        recordings.from_detections([detection(values, 0)])


def test_empty_folder(tmp_path):
    with pytest.raises(InputError, match=r"holds no <person>/<ACTION>\.txt"):
        Recordings(tmp_path)


def test_real_recordings(mirror, tmp_path):
    folder = local.find("mediapipe_recordings", tmp_path, mirror)
    clips = Recordings(folder)
    assert clips.copies == [("person05/BODYSWING.txt", "person01/BODYSWING.txt")]
    assert len(clips) == 17
    assert len(Recordings(folder, copies=True)) == 18
    assert clips.groups == {f"person{i:02}" for i in range(1, 6)}
    assert sum(map(len, clips)) == 7717
    assert {clip.action for clip in clips} == {
        "body_swing",
        "hand_swing",
        "head_shaking",
        "run",
        "sit",
        "stand",
        "walk",
        "yoga",
    }
    for path in sorted(folder.glob("*/*.txt")):  # written again, they are the files
        write_recording(tmp_path / "again.txt", read_recording(path))
        assert (tmp_path / "again.txt").read_bytes().rstrip() == path.read_bytes().rstrip()
