"""Object keypoint similarity against closed forms, and COCO's figures against counts by hand."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posekit import coco_results, oks
from posekit.codecs.people import People
from posekit.data.sample import Sample
from posekit.errors import InputError

K = 17


def person(x=100.0, y=100.0) -> np.ndarray:
    """(17, 2): joints in a row, so that no two are near."""
    return np.stack([x + 40.0 * np.arange(K), np.full(K, y)], -1)


def sample(points, name="a", areas=None, visible=None, **more) -> Sample:
    points = np.asarray(points, dtype=float).reshape(-1, K, 2)
    visible = np.full(points.shape[:2], 2) if visible is None else visible
    areas = np.full(len(points), 1e4) if areas is None else areas
    return Sample(name, "coco17", points, visible, size=(400, 1000), areas=areas, **more)


def found(points, scores) -> People:
    points = np.asarray(points, dtype=np.float32).reshape(-1, K, 2)
    return People(points, np.ones(points.shape[:2]), np.asarray(scores, dtype=float))


# ------------------------------------------------------------------------------ similarity
def test_cocos_sigmas_go_by_the_joints_names():
    table = oks.sigmas("coco17")
    assert table.tolist() == [
        *(0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072),
        *(0.062, 0.062, 0.107, 0.107, 0.087, 0.087, 0.089, 0.089),
    ]
    assert oks.sigmas("lsp14")[-2:].tolist() == [0.079, 0.079]
    with pytest.raises(InputError, match="no sigma for pelvis, spine"):
        oks.sigmas("h36m17")


def test_a_joint_two_sigmas_away_has_exp_of_minus_a_half():
    """d = 2 sigma sqrt(area) makes exp(-d^2 / (2 area (2 sigma)^2)) = exp(-1/2)."""
    points, area = person(), 900.0
    moved = points.copy()
    moved[:, 0] += 2 * oks.sigmas("coco17") * np.sqrt(area)
    seen = np.full(K, 2)
    assert oks.oks(points, points, seen, area) == pytest.approx(1)
    assert oks.oks(moved, points, seen, area) == pytest.approx(np.exp(-0.5))
    moved[5:] = np.nan  # twelve of them not found at all
    assert oks.oks(moved, points, seen, area) == pytest.approx(np.exp(-0.5) * 5 / 17)


def test_unlabelled_joints_never_count_and_occluded_ones_do():
    points, seen = person(), np.full(K, 2)
    seen[2], seen[3:] = 1, 0
    lost = np.where(np.arange(K)[:, None] == 2, np.nan, points)
    assert oks.oks(lost, points, seen, 900.0) == pytest.approx(2 / 3)
    target = np.where(seen[:, None] > 0, points, np.nan)
    guess = np.where(seen[:, None] > 0, points, 1e6)
    assert oks.oks(guess, target, seen, 1.0) == pytest.approx(1)
    assert np.isnan(oks.oks(points, target * np.nan, 0 * seen, 1.0))


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 10), st.floats(-50, 50))
def test_it_does_not_depend_on_scale_or_place(seed, scale, move):
    rng = np.random.default_rng(seed)
    target = rng.uniform(0, 100, (3, 14, 2))
    guess, seen = target + rng.normal(0, 5, target.shape), rng.integers(0, 3, (3, 14))
    area = rng.uniform(100, 5000, 3)
    before = oks.oks(guess, target, seen, area, "lsp14")
    after = oks.oks(guess * scale + move, target * scale + move, seen, area * scale**2, "lsp14")
    np.testing.assert_allclose(before, after, rtol=1e-6)
    assert np.all((before >= 0) & (before <= 1) | np.isnan(before))


def test_each_found_person_with_each_true_one():
    truth = np.stack([person(0, 0), person(0, 300)])
    table = oks.oks(truth[::-1][:, None], truth, np.full((2, K), 2), np.full(2, 900.0))
    np.testing.assert_allclose(table, [[0, 1], [1, 0]], atol=1e-6)
    with pytest.raises(InputError, match=r"keypoints must be \(\.\.\., 17, 2\)"):
        oks.oks(truth[:, :14], truth, np.full((2, K), 2), 1.0)


# ------------------------------------------------------------------------ average precision
def figures(samples, people, **options):
    rows = [
        row
        for image, one in zip(coco_results.image_ids(samples), people)
        for row in coco_results.results(image, one, "coco17")
    ]
    return oks.average_precision(coco_results.truth_of(samples, **options), rows)


def test_found_exactly_is_one_and_nobody_found_is_zero():
    samples = [sample([person(), person(y=300)])]
    assert figures(samples, [found(samples[0].keypoints, [0.9, 0.8])])["AP"] == pytest.approx(1)
    assert figures(samples, [found([], [])])["AP"] == 0


def test_average_precision_by_hand():
    """Two people; the surest guess is wrong, the second right: precision 1/2 up to recall 1/2.

    COCO reads the precision at 101 recalls, 0, 0.01, ..., 1: 51 of them are at most 1/2.
    """
    truth = [sample([person(), person(y=300)])]
    guess = [found([person(y=200), person()], [0.9, 0.5])]
    got = figures(truth, guess)
    assert got["AP"] == pytest.approx(0.5 * 51 / 101) and got["AR"] == pytest.approx(0.5)
    sure = [found([person(y=200), person()], [0.5, 0.9])]
    assert figures(truth, sure)["AP"] == pytest.approx(51 / 101)


def test_the_thresholds_are_half_to_ninety_five():
    """All joints moved so that the similarity is 0.72: found at 0.50, 0.55, 0.60, 0.65, 0.70."""
    points, area = person(), 1e4
    moved = points.copy()
    moved[:, 0] += 2 * oks.sigmas("coco17") * np.sqrt(-2 * np.log(0.72) * area)
    got = figures([sample(points)], [found(moved, [1.0])])
    assert got["AP"] == pytest.approx(0.5) and got["AP50"] == 1 and got["AP75"] == 0
    assert got["AR"] == pytest.approx(0.5) and got["AR50"] == 1 and got["AR75"] == 0


def test_medium_large_and_who_does_not_count():
    points = [person(), person(y=200), person(y=300)]
    areas = [30.0**2, 50.0**2, 100.0**2]
    people = [sample(points, areas=areas)]
    guess = [found(points[1:2], [1.0])]
    got = figures(people, guess)
    assert got["AP_medium"] == got["AR_medium"] == 1 and got["AP_large"] == got["AR_large"] == 0
    assert got["AR"] == pytest.approx(1 / 3)
    assert figures(people, guess, smallest=coco_results.SMALL)["AR"] == pytest.approx(1 / 2)
    crowd = [sample(points, crowd=[True, False, True])]
    assert figures(crowd, [found(points, [0.9, 0.5, 0.8])])["AP"] == 1, "neither right nor wrong"


def test_the_body_alone():
    truth, guess = person(), person()
    guess[:5] += 500
    assert figures([sample(truth)], [found(guess, [1.0])])["AP"] < 1
    assert figures([sample(truth)], [found(guess, [1.0])], body=True)["AP"] == 1


def test_nobody_to_be_found_is_no_number():
    assert np.isnan(figures([sample([])], [found(person(), [1.0])])["AP"])


def test_the_interval_is_about_the_value_and_narrows():
    rng = np.random.default_rng(0)
    samples = [sample(person(), f"{n}.jpg") for n in range(1, 41)]
    guesses = [found(person(y=100 if rng.random() < 0.6 else 300), [1.0]) for _ in samples]
    truth, rows = coco_results.truth_of(samples), []
    for image, guess in zip(coco_results.image_ids(samples), guesses):
        rows += coco_results.results(image, guess, "coco17")
    low, high = oks.interval(truth, rows, resamples=60)
    assert low < oks.average_precision(truth, rows)["AP"] < high
    assert oks.interval(truth, rows, resamples=60) == (low, high), "the same draws"
    few = {**truth, "images": truth["images"][:8]}
    ids = {image["id"] for image in few["images"]}
    few["annotations"] = [row for row in truth["annotations"] if row["image_id"] in ids]
    wide = oks.interval(few, [row for row in rows if row["image_id"] in ids], resamples=60)
    assert wide[1] - wide[0] > high - low


# ------------------------------------------------------------------------------------ files
def test_cocos_ids_and_names():
    assert coco_results.image_ids([sample([], "000000000139.jpg")]) == [139]
    assert coco_results.image_ids([sample([], "b.jpg"), sample([], "a.jpg")]) == [1, 2]
    assert coco_results.image_ids([sample([], "7.jpg"), sample([], "a.jpg")]) == [1, 2]
    assert coco_results.image_ids([sample([], "1.jpg"), sample([], "01.png")]) == [1, 2]


def test_a_result_says_where_each_joint_is_and_which_are_missing():
    points = person()
    points[3] = np.nan
    (row,) = coco_results.results(7, found(points, [0.25]), "coco17")
    assert row["image_id"] == 7 and row["category_id"] == 1 and row["score"] == 0.25
    triples = np.reshape(row["keypoints"], (17, 3))
    assert triples[3].tolist() == [0, 0, 0]
    np.testing.assert_allclose(triples[4], [260, 100, 2])
    assert coco_results.results(7, found(points * np.nan, [0.25]), "coco17") == []


def test_without_an_area_it_is_the_boxs_and_without_a_box_that_of_the_joints():
    """COCO's boxes are x, y, width, height from the image's edge, half a pixel before a centre."""
    points, visible = person(), np.full((2, K), 2)
    points[:, 1] += np.arange(K)  # from (100, 100) to (740, 116)
    people = Sample(
        *("a", "coco17", np.stack([points, points]), visible),
        size=(400, 1000),
        boxes=[[9.5, 19.5, 29.5, 59.5], [np.nan, 1, 2, 3]],
    )
    rows = coco_results.truth_of([people, people])["annotations"]
    assert [row["bbox"] for row in rows[:2]] == [[10, 20, 20, 40], [100, 100, 640, 16]]
    assert [row["area"] for row in rows[:2]] == [20 * 40, 640 * 16]
    # COCO's own code takes the id 0 for nobody.
    assert [(row["id"], row["image_id"]) for row in rows] == [(1, 1), (2, 1), (3, 2), (4, 2)]


def test_what_is_unlabelled_or_nowhere_is_written_as_nothing():
    points, visible = person(), np.full((1, K), 2)
    points[1], points[2] = np.nan, (12.3456, 7)
    visible[0, 0], visible[0, 2] = 0, 1
    (row,) = coco_results.truth_of([sample(points, visible=visible)])["annotations"]
    assert row["keypoints"][:9] == [0, 0, 0, 0, 0, 0, 12.346, 7, 1]
    assert row["keypoints"][9:12] == [220, 100, 2]


def test_other_joint_sets_are_brought_to_cocos():
    points = np.arange(36.0).reshape(1, 18, 2)
    (row,) = coco_results.results(1, People(points, None, [1.0]), "openpose18")
    assert row["keypoints"][:3] == [0, 1, 2] and len(row["keypoints"]) == 51
    lsp = Sample("a", "lsp14", np.ones((1, 14, 2)), np.full((1, 14), 2), size=(9, 9))
    annotation = coco_results.truth_of([lsp])["annotations"][0]
    assert annotation["num_keypoints"] == 12 and annotation["keypoints"][:15] == [0] * 15
    with pytest.raises(InputError, match="lacks too many"):
        coco_results.in_coco(np.zeros((1, 2, 2)), None, _two_joints())


def _two_joints():
    from posekit.skeletons import Skeleton

    return Skeleton("two", ("nose", "neck"), (("nose", "neck"),), "a test's")


def test_results_are_written_and_read(tmp_path):
    truth = coco_results.truth_of([sample(person(), "5.jpg")])
    rows = coco_results.results(5, found(person(), [0.5]), "coco17")
    coco_results.write_results(rows, tmp_path / "r.json")
    assert coco_results.read_results(tmp_path / "r.json", truth) == rows
    coco_results.write_results([], tmp_path / "empty.json")
    empty = coco_results.read_results(tmp_path / "empty.json", truth)
    assert oks.average_precision(truth, empty)["AP"] == 0


ROW = {"image_id": 5, "category_id": 1, "keypoints": [0.0] * 51, "score": 1.0}


@pytest.mark.parametrize(
    "content, message",
    [
        ("{", "cannot be read as COCO's results"),
        ("", "cannot be read as COCO's results"),
        ("{}", "must hold a list of people"),
        (json.dumps([3]), "result 0 is no object"),
        (json.dumps([{"image_id": 5}]), "result 0 lacks category_id, keypoints, score"),
        (json.dumps([ROW, ROW | {"image_id": 6}]), "result 1 is for image 6, which is not among"),
        (json.dumps([ROW | {"image_id": "5"}]), "result 0 is for image '5'"),
        (json.dumps([ROW | {"keypoints": [0.0] * 34}]), "needs 51 numbers as keypoints"),
        (json.dumps([ROW | {"score": None}]), "one as score"),
        (json.dumps([ROW | {"score": float("nan")}]), "one as score"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path, content, message):
    truth = coco_results.truth_of([sample(person(), "5.jpg")])
    (tmp_path / "r.json").write_text(content)
    with pytest.raises(InputError, match=message):
        coco_results.read_results(tmp_path / "r.json", truth)


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"absent\.json cannot be read"):
        coco_results.read_results(tmp_path / "absent.json", {"images": []})


@pytest.mark.mirror
def test_cocos_own_people_found_exactly(mirror, monkeypatch):
    """Found as they are labelled, the mirror's people have an AP of 1, crowds and all."""
    from posekit import catalog

    monkeypatch.setenv("POSEKIT_MIRROR", str(mirror))
    images = catalog.load("coco", "test", images=False, everyone=True)
    samples = [images[i] for i in range(len(images))]
    people = [
        found(np.where(s.visible[..., None] > 0, s.keypoints, np.nan), np.ones(len(s)))
        for s in samples
    ]
    assert figures(samples, people)["AP"] == pytest.approx(1)
