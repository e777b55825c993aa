"""People out of maps: each step by itself, both forms against each other, and hard cases."""

from itertools import permutations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from posekit.codecs import assembly, compiled_assembly
from posekit.codecs.assembly import MATCHINGS, Pair, find_peaks, limb_scores, match_limb
from posekit.codecs.pafs import PartFields
from posekit.errors import InputError
from posekit.geometry import cell_to_pixel, pixel_to_cell

from .made_crowds import crowd, figure, matched

CODEC = PartFields("openpose18", (368, 656), stride=8, sigma=0.875)
FORMS = pytest.mark.parametrize("compiled", [True, False])
BOTH = pytest.mark.parametrize("matching", MATCHINGS)


def maps_of(cells, codec=CODEC, visible=None, noise=0.0, seed=0):
    """Heatmaps and fields of one image's people (P, K, 2) in cells."""
    points = torch.tensor(cell_to_pixel(np.asarray(cells, np.float32), codec.stride))[None]
    visible = np.full(points.shape[1:3], 2) if visible is None else visible
    targets = codec.encode(points, torch.as_tensor(visible)[None])
    draw = torch.Generator().manual_seed(seed)
    return [maps[0] + noise * torch.randn(maps[0].shape, generator=draw) for maps in targets[:2]]


def bump(x, y, shape=(20, 30), sigma=1.0, height=1.0):
    ys, xs = np.mgrid[: shape[0], : shape[1]]
    return height * np.exp(-((xs - x) ** 2 + (ys - y) ** 2) / (2 * sigma**2)).astype(np.float32)


# ---------------------------------------------------------------------------------------- peaks
@given(
    x=st.floats(-0.4, 29.4),
    y=st.floats(-0.4, 19.4),
    sigma=st.floats(0.6, 3),
    height=st.floats(0.3, 1),
)
def test_a_gaussian_is_found_to_the_rounding_even_at_the_edge(x, y, sigma, height):
    ((px, py, score),) = find_peaks(bump(x, y, sigma=sigma, height=height), 0.1)
    assert (px, py) == pytest.approx((x, y), abs=2e-3)
    assert 0.45 * height < score <= height * (1 + 1e-6)


def test_peaks_come_by_height_and_only_above_the_threshold():
    heatmap = np.max([bump(4, 4, height=0.3), bump(12, 9), bump(24, 3, height=0.09)], 0)
    assert find_peaks(heatmap)[:, :2].round().tolist() == [[12, 9], [4, 4]]
    assert len(find_peaks(heatmap, 0.05)) == 3 and len(find_peaks(heatmap, 0.5)) == 1


def test_of_equal_neighbours_one_is_a_peak():
    for dx, dy in ((1, 0), (0, 1), (1, 1), (-1, 1)):
        heatmap = np.zeros((7, 9), np.float32)
        heatmap[3, 4] = heatmap[3 + dy, 4 + dx] = 1
        assert len(find_peaks(heatmap)) == 1
    assert len(find_peaks(np.full((5, 5), 0.5, np.float32))) == 1
    assert len(find_peaks(np.zeros((5, 5), np.float32))) == 0


def test_only_so_many_peaks_and_the_highest():
    noise = np.random.default_rng(0).uniform(0.2, 1, (100, 100)).astype(np.float32)
    peaks = find_peaks(noise)
    assert len(peaks) == assembly.MOST and peaks[0, 2] == noise.max()
    assert (np.diff(peaks[:, 2]) <= 0).all()


@given(seed=st.integers(0, 9999), h=st.integers(1, 6), w=st.integers(1, 6))
def test_a_peak_stays_in_its_cell_and_is_higher_than_its_neighbours(seed, h, w):
    heatmap = np.random.default_rng(seed).normal(size=(h, w)).astype(np.float32)
    for x, y, height in find_peaks(heatmap):
        row, column = round(float(y)), round(float(x))
        assert 0 <= row < h and 0 <= column < w and heatmap[row, column] == height
        around = heatmap[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
        assert around.max() == height


@given(seed=st.integers(0, 9999), h=st.integers(1, 20), w=st.integers(1, 20), levels=st.booleans())
def test_both_forms_find_the_same_peaks(seed, h, w, levels):
    heatmap = np.random.default_rng(seed).normal(0.3, 0.3, (h, w))
    heatmap = np.float32(heatmap.round(1) if levels else heatmap)  # levels: equal neighbours
    one, two = (form.find_peaks(heatmap, 0.1) for form in (assembly, compiled_assembly))
    assert one.shape == two.shape and one.dtype == two.dtype
    assert np.allclose(one, two, atol=1e-5)


# ---------------------------------------------------------------------------------------- limbs
def uniform_field(dx, dy, shape=(20, 40)):
    return np.broadcast_to(np.float32([dx, dy])[:, None, None], (2, *shape)).copy()


def peaks_at(*places):
    return np.array([(x, y, 1) for x, y in places], np.float32)


def test_a_limb_scores_what_its_field_has_along_it():
    starts, ends = peaks_at((5, 5)), peaks_at((25, 5), (5, 15), (11, 13))
    lost = 1 + assembly.LONG * np.array([20, 10, 10]) ** 2 / 40**2
    for dx, dy in ((1, 0), (0, 1), (0.6, 0.8), (0.3, 0.1)):
        along = np.array([dx, dy, 0.6 * dx + 0.8 * dy])
        expected = np.where(along > assembly.ALONG, along / lost, 0)
        assert np.allclose(limb_scores(uniform_field(dx, dy), starts, ends)[0], expected, atol=1e-6)
    assert not limb_scores(uniform_field(-1, 0), starts, ends).any(), "the wrong way round"
    assert limb_scores(uniform_field(1, 0), starts, ends[:0]).shape == (1, 0)


def test_a_limb_may_be_broken_in_a_fifth_of_its_samples():
    starts, ends = peaks_at((2, 5)), peaks_at((38, 5))  # a sample every four cells
    for broken, joined in ((2, True), (3, False)):
        field = uniform_field(1, 0)
        field[0, :, 9 : 9 + 4 * broken] = 0
        score = limb_scores(field, starts, ends)[0, 0]
        lost = 1 + assembly.LONG * (36 / 40) ** 2
        assert score == pytest.approx((10 - broken) / 10 / lost if joined else 0, abs=1e-6)


def test_no_score_is_negative():
    field = uniform_field(0.06, 0)
    field[0, :, 9:17] = -1  # eight samples agree a little, two contradict by far
    assert limb_scores(field, peaks_at((2, 5)), peaks_at((38, 5)))[0, 0] == 0


def test_joints_in_one_place_are_joined_weakly():
    scores = limb_scores(
        0 * uniform_field(1, 0), peaks_at((5, 5)), peaks_at((5, 5), (5.4, 5), (6, 5))
    )
    assert scores[0] == pytest.approx([assembly.ALONG, assembly.ALONG, 0], rel=1e-2)


@given(seed=st.integers(0, 9999), n=st.integers(0, 6), m=st.integers(0, 6))
def test_both_forms_score_pairs_alike(seed, n, m):
    rng = np.random.default_rng(seed)
    field = rng.normal(0.3, 0.3, (2, 12, 15)).astype(np.float32)
    starts, ends = (rng.uniform(0, (14, 11, 1), (k, 3)).astype(np.float32) for k in (n, m))
    one, two = (form.limb_scores(field, starts, ends) for form in (assembly, compiled_assembly))
    assert one.shape == two.shape and one.dtype == two.dtype
    assert np.allclose(one, two, atol=1e-5)


# ------------------------------------------------------------------------------------- matching
def test_greedy_takes_the_best_pair_and_exact_the_best_total():
    scores = np.float32([[1.0, 0.9], [0.9, 0.1]])
    assert [pair[2:] for pair in match_limb(scores, matching="greedy")] == [(0, 0), (1, 1)]
    assert [pair[2:] for pair in match_limb(scores, matching="exact")] == [(0, 1), (1, 0)]


@settings(max_examples=200)
@given(seed=st.integers(0, 10**6), n=st.integers(0, 7), m=st.integers(0, 7), full=st.floats(0, 1))
@BOTH
def test_no_peak_is_in_two_pairs_and_the_exact_total_is_the_greatest(matching, seed, n, m, full):
    rng = np.random.default_rng(seed)
    scores = (rng.uniform(size=(n, m)) * (rng.uniform(size=(n, m)) < full)).astype(np.float32)
    pairs = [(pair.start, pair.end) for pair in match_limb(scores, matching=matching)]
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    assert all(scores[pair] > 0 for pair in pairs)
    if matching == "exact" and 0 < n <= m <= 5:
        best = max(sum(scores[i, j] for i, j in enumerate(p)) for p in permutations(range(m), n))
        assert sum(scores[pair] for pair in pairs) == pytest.approx(best, abs=1e-5)


# --------------------------------------------------------------------------------------- people
LIMBS = np.array([[0, 1], [1, 2], [2, 3], [3, 0]])  # a ring: its last limb is one too many


def joints_of(pairs):
    return sorted(sorted(person.peaks.items()) for person in assembly.put_together(pairs, LIMBS))


def test_pairs_that_share_a_peak_are_one_person():
    pairs = [Pair(0.9, 0, 0, 1), Pair(0.8, 1, 1, 0), Pair(0.7, 0, 1, 0)]
    assert joints_of(pairs) == [[(0, 0), (1, 1), (2, 0)], [(0, 1), (1, 0)]]
    (one, _) = assembly.put_together(pairs, LIMBS)
    assert sorted(one.limbs) == [0.8, 0.9]


def test_a_limb_beyond_the_tree_joins_parts_or_confirms_them():
    parts = [Pair(0.9, 0, 0, 0), Pair(0.9, 2, 0, 0)]  # joints 0, 1 and joints 2, 3
    assert len(joints_of(parts)) == 2
    assert joints_of([*parts, Pair(0.5, 3, 0, 0)]) == [[(0, 0), (1, 0), (2, 0), (3, 0)]]
    (whole,) = assembly.put_together([*parts, Pair(0.5, 3, 0, 0), Pair(0.4, 1, 0, 0)], LIMBS)
    assert sorted(whole.limbs) == [0.4, 0.5, 0.9, 0.9]


def test_the_weakest_of_limbs_that_contradict_each_other_is_left_out():
    pairs = [Pair(0.9, 0, 0, 0), Pair(0.8, 1, 0, 0), Pair(0.7, 2, 0, 0), Pair(0.6, 3, 0, 1)]
    assert joints_of(pairs) == [[(0, 0), (1, 0), (2, 0), (3, 0)], [(0, 1)]]
    pairs[3] = Pair(0.95, 3, 0, 1)  # now joint 0's other peak is the better one
    assert joints_of(pairs) == [[(0, 0), (1, 0), (2, 0)], [(0, 1), (3, 0)]]


@pytest.mark.parametrize(
    "joints, limbs, enough", [(3, [0.1, 0.32], True), (3, [0.1, 0.28], False), (2, [0.9], False)]
)
def test_a_person_has_three_joints_and_limbs_of_a_mean_score(joints, limbs, enough):
    person = assembly.Person(dict.fromkeys(range(joints), 0), limbs)
    assert assembly.is_person(person) == enough


def test_people_are_told_in_pixels_and_by_how_sure_and_complete_they_are():
    nowhere = (np.nan, np.nan, 0)
    found = np.float32([[(0, 0, 0.4), nowhere], [(1, 2, 0.8), (3, 4, 0.6)]])
    people = assembly.as_people(found, np.float32([0.5, 1.0]), 8)
    assert people.person_scores == pytest.approx([1.0 * 0.7, 0.5 * 0.2])
    expected = [[(11.5, 19.5), (27.5, 35.5)], [(3.5, 3.5), (np.nan, np.nan)]]
    np.testing.assert_array_equal(people.keypoints, np.float32(expected))
    assert people.scores.tolist() == np.float32([[0.8, 0.6], [0.4, 0]]).tolist()


def sorted_people(people):
    """The fields of `People` in an order that does not hang on the last digit of a score."""
    filled = np.nan_to_num(people.keypoints, nan=-1).reshape(-1, 36)
    order = np.lexsort(filled.T) if len(filled) else np.arange(0)
    return [values[order] for values in people]


@BOTH
@settings(max_examples=40)
@given(
    seed=st.integers(0, 9999),
    people=st.integers(0, 25),
    noise=st.sampled_from([0, 0.01, 0.05]),
    apart=st.sampled_from([0.0, 2.5]),
)
def test_both_forms_find_the_same_people(matching, seed, people, noise, apart):
    rng = np.random.default_rng(seed)
    visible = rng.uniform(size=(people, 18)) < 0.8
    cells = crowd(rng, people, apart=apart) + rng.uniform(-5, 5, 2)
    maps = maps_of(cells, visible=visible, noise=noise, seed=seed)
    one, two = (CODEC.decode(*maps, matching=matching, compiled=c) for c in (True, False))
    for a, b in zip(sorted_people(one), sorted_people(two)):
        assert a.shape == b.shape and a.dtype == b.dtype
        assert np.allclose(a, b, atol=1e-5, equal_nan=True)


# The floors are the goals; what came out is in tests/benchmarks/bench_paf_decoding.py.
@pytest.mark.parametrize("people, floor", [(5, 0.999), (20, 0.998), (50, 0.996)])
def test_crowds_are_found_in_noise(people, floor):
    recall, errors = [], []
    for seed in range(10):
        cells = crowd(np.random.default_rng(seed), people)
        found = CODEC.decode(*maps_of(cells, noise=0.02, seed=seed))
        away = matched(cells, pixel_to_cell(found.keypoints, 8))
        recall.append(np.isfinite(away).mean())
        errors.append(away[np.isfinite(away)].mean())
    assert np.mean(recall) >= floor and np.mean(errors) <= 0.04


@FORMS
@BOTH
def test_fields_of_other_limbs_leave_no_people(matching, compiled):
    """The decoder lives on the fields. (People are large here: of a small one, the fields of
    neighbouring limbs lie over each other.)"""
    right = {"own": [], "shuffled": []}
    for seed in range(5):
        rng = np.random.default_rng(seed)
        cells = crowd(rng, 6, height=(30, 40))
        heatmaps, pafs = maps_of(cells, noise=0.02, seed=seed)
        shuffled = pafs.view(19, 2, 46, 82)[rng.permutation(19)].view(38, 46, 82)
        for name, fields in (("own", pafs), ("shuffled", shuffled)):
            people = CODEC.decode(heatmaps, fields, matching=matching, compiled=compiled)
            right[name].append(np.isfinite(matched(cells, pixel_to_cell(people.keypoints, 8))))
    own, other = np.concatenate(right["own"]), np.concatenate(right["shuffled"])
    assert own.mean() > 0.97
    assert other.mean() < 0.1 and other.sum(1).max() < 9, "nobody keeps half of the joints"


def standing(x, y, height=24.0):
    """(K, 2) one person who always stands alike."""
    return figure(np.random.default_rng(3), "openpose18") * height + (x, y)


@FORMS
def test_people_who_cross_are_told_apart(compiled):
    one = standing(30, 8)
    for shift in ((2.5, 2.5), (-3, 2), (6, 3), (4, -4)):
        cells = np.stack([one, one + shift])
        found = CODEC.decode(*maps_of(cells), compiled=compiled)
        assert len(found.keypoints) == 2
        assert matched(cells, pixel_to_cell(found.keypoints, 8)).max() < 0.1


@FORMS
def test_two_people_in_one_place_are_one(compiled):
    one = standing(30, 8)
    found = CODEC.decode(*maps_of(np.stack([one, one])), compiled=compiled)
    assert matched(one[None], pixel_to_cell(found.keypoints, 8)).max() < 1e-3
    assert len(found.keypoints) == 1


@FORMS
def test_everybody_cut_off_by_the_image(compiled):
    """Whose joints outside are unlabelled is found with those inside."""
    cells = np.stack([standing(1, 8), standing(35, 32), standing(78, 10)])
    inside = ((cells > -0.4) & (cells < (81.4, 45.4))).all(-1)
    assert (inside.sum(1) < 18).all() and (inside.sum(1) > 5).all()
    found = CODEC.decode(*maps_of(cells, visible=inside), compiled=compiled)
    away = matched(cells, pixel_to_cell(found.keypoints, 8))
    assert (away[inside] < 0.1).mean() > 0.9
    assert not np.isfinite(away[~inside]).any()


@FORMS
def test_a_missing_joint_splits_a_person_unless_another_limb_holds(compiled):
    one = standing(30, 8)[None]
    visible = np.full((1, 18), 2)
    visible[0, 9] = 0  # the right knee: its ankle hangs on nothing
    found = CODEC.decode(*maps_of(one, visible=visible), compiled=compiled)
    missing = [k for k in range(18) if np.isnan(found.keypoints[0, k]).any()]
    assert len(found.keypoints) == 1 and missing == [9, 10] and not found.scores[0, missing].any()
    visible[0], visible[0, 0] = 2, 0  # the nose: the eyes hang on the ears, these on the shoulders
    found = CODEC.decode(*maps_of(one, visible=visible), compiled=compiled)
    assert len(found.keypoints) == 1 and np.isnan(found.keypoints[0, 0]).all()
    assert np.isfinite(found.keypoints[0, 1:]).all()


@FORMS
def test_two_joints_are_no_person_and_three_are(compiled):
    one = standing(30, 8)[None]
    for joints, people in (([1, 2], 0), ([1, 2, 3], 1)):
        visible = np.zeros((1, 18))
        visible[0, joints] = 2
        found = CODEC.decode(*maps_of(one, visible=visible), compiled=compiled)
        assert len(found.keypoints) == people


@FORMS
@BOTH
@pytest.mark.parametrize("size", [(8, 8), (16, 8), (8, 800), (24, 20000), (20000, 24)])
def test_maps_of_odd_shapes(size, matching, compiled):
    codec = PartFields("openpose18", size, stride=8, sigma=0.875)
    options = {"matching": matching, "compiled": compiled}
    shape = codec.shape
    nothing = codec.decode(np.zeros((18, *shape)), np.zeros((38, *shape)), **options)
    assert nothing.keypoints.shape == (0, 18, 2) and nothing.keypoints.dtype == np.float32
    assert nothing.scores.shape == (0, 18) and nothing.person_scores.shape == (0,)
    high = np.ones((19, *shape))
    assert len(codec.decode(high, np.zeros((38, *shape)), **options).keypoints) == 0
    noise = np.random.default_rng(0).normal(size=(57, *shape))
    found = codec.decode(noise[:19], noise[19:], **options)
    assert np.isfinite(found.person_scores).all()
    if shape == (3, 2500):  # three rows in which a person lies
        cells = standing(0, 0)[:, ::-1] * (40, 0.08) + (700, 0.5)
        found = codec.decode(*maps_of(cells[None], codec), **options)
        assert matched(cells[None], pixel_to_cell(found.keypoints, 8)).max() < 0.1


@FORMS
def test_an_untrained_networks_maps_do_not_hang(compiled):
    codec = PartFields("openpose18", (512, 512), stride=4)
    noise = torch.randn(57, 128, 128, generator=torch.Generator().manual_seed(0))
    found = codec.decode(noise[:19], noise[19:], compiled=compiled)
    assert np.isfinite(found.person_scores).all()


@FORMS
def test_what_cannot_be_meant_is_refused(compiled):
    def decode(heatmaps=(18, 46, 82), pafs=(38, 46, 82), **more):
        maps = [np.zeros(m) if isinstance(m, tuple) else m for m in (heatmaps, pafs)]
        return CODEC.decode(*maps, compiled=compiled, **more)

    decode((19, 46, 82))
    for shape in ((17, 46, 82), (20, 46, 82), (18, 82, 46), (1, 18, 46, 82), (0,)):
        with pytest.raises(InputError, match=r"heatmaps of one image must be \(18, 46, 82\) or"):
            decode(shape)
    for shape in ((36, 46, 82), (19, 2, 46, 82), (38, 23, 41)):
        with pytest.raises(InputError, match=r"pafs of one image must be \(38, 46, 82\)"):
            decode(pafs=shape)
    for odd in (np.nan, np.inf, -np.inf):
        spoilt = np.zeros((38, 46, 82))
        spoilt[5, 6, 7] = odd
        with pytest.raises(InputError, match="pafs hold values that are not finite"):
            decode(pafs=spoilt)
        with pytest.raises(InputError, match="heatmaps hold values that are not finite"):
            decode(heatmaps=spoilt[:18])
    assert len(decode(pafs=np.full((38, 46, 82), 3e38)).keypoints) == 0, "large, and finite"
    with pytest.raises(InputError, match="exact, greedy"):
        decode(matching="best")


def test_the_answer_does_not_change_the_maps():
    maps = [m.numpy() for m in maps_of(crowd(np.random.default_rng(0), 3), noise=0.02)]
    before = [m.copy() for m in maps]
    CODEC.decode(*maps), CODEC.decode(*maps, compiled=False)
    assert all(np.array_equal(a, b) for a, b in zip(maps, before))
