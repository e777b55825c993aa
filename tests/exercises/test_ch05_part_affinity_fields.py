"""Chapter 05's exercises: the references against posekit, and what students answer.

``RIGHT`` and ``WRONG`` are run through the checks by `test_every_chapter`.
"""

import copy
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates

from posekit import exercises, geometry
from posekit import oks as posekit_oks
from posekit.codecs import assembly
from posekit.codecs.pafs import PartFields
from posekit.exercises.ch05_part_affinity_fields import limb_field as limb_field_file
from posekit.exercises.ch05_part_affinity_fields import line_integral as line_integral_file
from posekit.exercises.ch05_part_affinity_fields.limb_field import limb_field
from posekit.exercises.ch05_part_affinity_fields.line_integral import line_integral
from posekit.exercises.ch05_part_affinity_fields.oks import oks
from posekit.exercises.ch05_part_affinity_fields.put_together import put_together


# --- limb_field --------------------------------------------------------------------------------
def field_by_cells(start, end, shape, width, clip=True, divide=True, rows_first=False):
    """One cell after another, by complex numbers: the limb is turned onto the real axis."""
    a, b = complex(*start), complex(*end)
    field = np.zeros((2, *shape))
    if a == b or np.isnan(a - b):
        return field
    unit = (b - a) / abs(b - a)
    for row, column in np.ndindex(*shape):
        turned = (complex(*((row, column) if rows_first else (column, row))) - a) / unit
        nearest = min(max(turned.real, 0), abs(b - a)) if clip else turned.real
        if abs(turned - nearest) <= width:
            vector = unit if divide else b - a
            field[:, row, column] = vector.real, vector.imag
    return field


def field_of_triangles(start, end, shape, width):
    """By distances to the two ends and the height of the triangle with them."""
    points = np.stack(np.meshgrid(np.arange(shape[1]), np.arange(shape[0])), -1)
    step, to_start, to_end = end - start, points - start, points - end
    near = np.minimum(np.linalg.norm(to_start, axis=-1), np.linalg.norm(to_end, axis=-1))
    beside = (to_start @ step > 0) & (to_end @ step < 0)
    length = np.linalg.norm(step)
    height = np.abs(to_start[..., 0] * step[1] - to_start[..., 1] * step[0]) / length
    near = np.where(beside, height, near)
    unit = np.nan_to_num(step / length)
    return np.where(near <= width, 1.0, 0.0) * unit[:, None, None]


def field_with_nan(start, end, shape, width):
    inside = field_by_cells(start, end, shape, width).any(0)
    return inside * ((end - start) / np.linalg.norm(end - start))[:, None, None]


def field_of_a_line_drawn(start, end, shape, width):
    """The cells of a rectangle with the limb's line in its middle."""
    x, y = np.meshgrid(np.arange(shape[1]), np.arange(shape[0]))
    unit = (end - start) / np.linalg.norm(end - start)
    along = (x - start[0]) * unit[0] + (y - start[1]) * unit[1]
    across = (x - start[0]) * unit[1] - (y - start[1]) * unit[0]
    length = np.linalg.norm(end - start)
    inside = (along >= 0) & (along <= length) & (np.abs(across) <= width)
    return inside * unit[:, None, None]


def field_of_a_box(start, end, shape, width):
    unit = (end - start) / np.linalg.norm(end - start)
    field = np.zeros((2, *shape))
    (left, top), (right, bottom) = np.sort([start, end], axis=0)
    rows = slice(max(int(np.ceil(top - width)), 0), int(bottom + width) + 1)
    columns = slice(max(int(np.ceil(left - width)), 0), int(right + width) + 1)
    field[:, rows, columns] = unit[:, None, None]
    return field


def divided_in_place(start, end, shape, width):
    unit = end - start
    unit /= np.hypot(*unit)
    return field_by_cells(start, end, shape, width)


# --- line_integral -----------------------------------------------------------------------------
def every_way(samples):
    return np.arange(samples) / (samples - 1)


def integral_by_loop(field, start, end, samples, half=0.5, ways=every_way):
    if (start == end).all():
        return 0.0
    total, (_, height, width) = 0.0, field.shape
    unit = (end - start) / np.linalg.norm(end - start)
    for t in ways(samples):
        column, row = ((1 - t) * start + t * end + half).astype(int)
        column, row = min(max(column, 0), width - 1), min(max(row, 0), height - 1)
        total += field[:, row, column] @ unit
    return total / samples


def integral_by_scipy(field, start, end, samples, order=0):
    x, y = np.linspace(start, end, samples).T
    read = np.array([map_coordinates(part, [y, x], order=order, mode="nearest") for part in field])
    dots = (end - start) @ read
    return dots.mean() / max(np.linalg.norm(end - start), 1e-9)


def _unclipped(field, start, end, samples):
    x, y = np.linspace(start, end, samples).round().astype(int).T
    unit = (end - start) / np.linalg.norm(end - start)
    return (field[:, y, x].T @ unit).mean()


def _read(field, start, end, samples, swap=False, score=None):
    x, y = np.linspace(start, end, samples).round().astype(int).T
    unit = (end - start) / np.linalg.norm(end - start)
    return score((field[:, x, y] if swap else field[:, y, x]).T, unit)


# --- oks ---------------------------------------------------------------------------------------
def oks_by_loop(predicted, target, visible, area, sigmas):
    values = []
    for guess, truth, v, sigma in zip(predicted, target, visible, sigmas):
        if v > 0:
            d = np.linalg.norm(guess - truth)
            values.append(0.0 if np.isnan(d) else np.exp(-0.5 * (d / (2 * sigma)) ** 2 / area))
    return float(np.mean(values)) if values else float("nan")


def oks_with(power=2, k=2, two=2, of_area=lambda a: a, mean=None):
    """COCO's formula with a mistake in it, and NaN where NaN comes in."""

    def answer(predicted, target, visible, area, sigmas):
        d = np.sqrt(np.square(predicted - target).sum(-1))
        similar = np.exp(-(d**power) / (two * of_area(area) * (k * sigmas) ** 2))
        return mean(similar, visible) if mean else similar[visible > 0].mean()

    return answer


# --- put_together ------------------------------------------------------------------------------
def together_by_relabelling(candidates, limbs, scores):
    """Every candidate has a label from the start; a pair gives all of one label the other."""
    label = [[(k, i) for i in range(count)] for k, count in enumerate(candidates)]
    for (a, b), table in zip(limbs, scores):
        table = table.copy()
        while table.size and table.max() > 0:
            i, j = np.unravel_index(table.argmax(), table.shape)
            table[i, :] = table[:, j] = 0
            old, new = label[b][j], label[a][i]
            label = [[new if one == old else one for one in row] for row in label]
    people = []
    for one in {one for row in label for one in row}:
        person = [row.index(one) if one in row else -1 for row in label]
        if sum(i >= 0 for i in person) > 1:
            people.append(person)
    return sorted(people)


def together_by_posekit(candidates, limbs, scores):
    """With posekit's functions, which take the best pairs of all limbs first."""
    tables = enumerate(scores)
    pairs = [p for limb, table in tables for p in assembly.match_limb(table, limb, "greedy")]
    people = assembly.put_together(pairs, np.array(limbs))
    return sorted([int(p.peaks.get(k, -1)) for k in range(len(candidates))] for p in people)


def grow(candidates, limbs, scores, match, find=lambda person, a, i, b, j: a in person):
    """A student's loop over limbs, pairs and people."""
    people = []
    for (a, b), table in zip(limbs, scores):
        for i, j in match(table):
            for person in people:
                if person.get(a) == i or (find(person, a, i, b, j) and person.get(b) == j):
                    person.update({a: i, b: j})
                    break
            else:
                people.append({a: i, b: j})
    return sorted([person.get(k, -1) for k in range(len(candidates))] for person in people)


def components(candidates, limbs, scores, match):
    """Everything that pairs connect; of two candidates of one joint, the last."""
    people = []
    for (a, b), table in zip(limbs, scores):
        for i, j in match(table):
            new = {(a, int(i)), (b, int(j))}
            mine = [person for person in people if person & new]
            people = [person for person in people if not person & new] + [new.union(*mine)]
    people = [dict(sorted(person)) for person in people]
    return sorted([person.get(k, -1) for k in range(len(candidates))] for person in people)


def best_first(table, least=0.0):
    flat = sorted(((-s, i, j) for (i, j), s in np.ndenumerate(table) if s > least))
    taken, pairs = set(), []
    for _, i, j in flat:
        if not {("start", i), ("end", j)} & taken:
            taken |= {("start", i), ("end", j)}
            pairs.append((i, j))
    return pairs


def first_come(table):
    free, pairs = list(range(table.shape[1])), []
    for i in range(table.shape[0]):
        wanted = [j for j in free if table[i, j] > 0]
        if wanted:
            j = max(wanted, key=lambda one: table[i, one])
            free.remove(j)
            pairs.append((i, j))
    return pairs


def hungarian(table):
    return [(pair.start, pair.end) for pair in assembly.match_limb(table, 0, "exact")]


def argmax_of_rows(table):
    return [(i, row.argmax()) for i, row in enumerate(table) if len(row) and row.max() > 0]


def writes_into_scores(candidates, limbs, scores):
    answer = put_together(candidates, limbs, scores)
    for table in scores:
        while table.size and table.max() > 0:
            i, j = np.unravel_index(table.argmax(), table.shape)
            table[i, :] = table[:, j] = 0
    return answer


def greedy_on_copies(candidates, limbs, scores):
    """Rows and columns are struck out in a deep copy, which keeps what is one array one array."""

    def match(table):
        while table.size and table.max() > 0:
            i, j = np.unravel_index(table.argmax(), table.shape)
            yield i, j
            table[i, :] = table[:, j] = 0

    return components(candidates, limbs, copy.deepcopy(scores), match)


def never_resets(candidates, limbs, scores):
    starts, ends, people = set(), set(), []
    for (a, b), table in zip(limbs, scores):
        for i, j in best_first(table):
            if i not in starts and j not in ends:
                starts.add(i)
                ends.add(j)
                people.append({a: i, b: j})
    return sorted([person.get(k, -1) for k in range(len(candidates))] for person in people)


def with_false_candidates(candidates, limbs, scores):
    people = together_by_relabelling(candidates, limbs, scores)
    for k, count in enumerate(candidates):
        for i in range(count):
            if i not in [person[k] for person in people]:
                people.append([i if joint == k else -1 for joint in range(len(candidates))])
    return sorted(people)


RIGHT = {
    "limb_field": [field_by_cells, field_of_triangles],
    "line_integral": [integral_by_loop, integral_by_scipy],
    "oks": [oks_by_loop],
    "put_together": [together_by_relabelling, together_by_posekit, greedy_on_copies],
}

# A wrong answer, and a distinctive part of what its author must be told.
WRONG = {
    "limb_field": [
        (lambda s, e, z, w: field_by_cells(s, e, z, w, divide=False), "divide by its length"),
        (lambda s, e, z, w: field_by_cells(s, e, z, w)[[1, 0]], "exchange the two components"),
        (lambda s, e, z, w: field_by_cells(e, s, z, w), "turn them round"),
        (lambda s, e, z, w: field_by_cells(s, e, z, w, clip=False), "the limb ends at its joints"),
        (lambda s, e, z, w: field_by_cells(s, e, z, w, rows_first=True), "the transposed place"),
        (
            lambda s, e, z, w: field_by_cells(s[[1, 0]], e[[1, 0]], z, w),
            "exchange x and y everywhere",
        ),
        (lambda s, e, z, w: field_by_cells(s, e, (z[1], z[0]), w), "exchange height and width"),
        (lambda s, e, z, w: field_by_cells(s, e, z, w).transpose(1, 2, 0), "components last"),
        (field_of_a_box, "fill the box"),
        (field_of_a_line_drawn, "a straight edge"),
        (lambda s, e, z, w: field_by_cells(s, e, z, 0.5 * w), "distance to each side"),
        (lambda s, e, z, w: field_by_cells(np.rint(s), np.rint(e), z, w), "round the joints"),
        (lambda s, e, z, w: field_by_cells(s, e, z, w - 1e-9), "`<=`, and not `<`"),
        (divided_in_place, "do not divide in place"),
        (field_with_nan, "the whole loss NaN"),
        (lambda s, e, z, w: field_by_cells(s, e, z, w)[0], "The field is (1, 0) at all cells"),
    ],
    "line_integral": [
        (
            lambda f, s, e, n: _read(f, s, e, n, score=lambda v, u: (v @ (e - s)).mean()),
            "long pairs score more",
        ),
        (lambda f, s, e, n: _read(f, s, e, n, score=lambda v, u: (v @ u).sum()), "the sum over"),
        (
            lambda f, s, e, n: _read(f, s, e, n, score=lambda v, u: (v @ u[::-1]).mean()),
            "exchange the two components",
        ),
        (
            lambda f, s, e, n: _read(
                f, s, e, n, score=lambda v, u: np.linalg.norm(v, axis=1).mean()
            ),
            "whatever their direction",
        ),
        (lambda f, s, e, n: abs(integral_by_loop(f, s, e, n)), "must lower the score"),
        (lambda f, s, e, n: max(integral_by_loop(f, s, e, n), 0), "set negative results"),
        (lambda f, s, e, n: integral_by_loop(f, s, e, 2), "the two joints only"),
        (lambda f, s, e, n: integral_by_loop(f, s, e, n, half=0), "cut the decimals off"),
        (
            lambda f, s, e, n: integral_by_loop(
                f, s, e, n, ways=lambda n: (np.arange(n) + 0.5) / n
            ),
            "samples)` has both.",
        ),
        (
            lambda f, s, e, n: integral_by_loop(f, s, e, n, ways=lambda n: np.arange(n) / n),
            "has both ends",
        ),
        (lambda f, s, e, n: integral_by_scipy(f, s, e, n, order=1), "between the cells"),
        (
            lambda f, s, e, n: _read(f, s, e, n, swap=True, score=lambda v, u: (v @ u).mean()),
            "You read `field[:, x, y]`",
        ),
        (_unclipped, "the index -1 would be the last column"),
        (
            lambda f, s, e, n: _read(
                np.pad(f, ((0, 0), (4, 4), (4, 4)), "edge"),
                s + 4,
                e + 4,
                n,
                score=lambda v, u: (v @ u).mean(),
            ),
            "0 / 0 is NaN",
        ),
    ],
    "oks": [
        (oks_with(k=1), "*twice* the sigma"),
        (oks_with(of_area=lambda a: a * a), "square the area"),
        (oks_with(of_area=np.sqrt), "the square root of the area: it is"),
        (oks_with(power=1), "distance is not squared"),
        (oks_with(two=1), "as with any Gaussian"),
        (oks_with(mean=lambda e, v: e.mean()), "nobody has labelled"),
        (oks_with(mean=lambda e, v: (e * (v > 0)).mean()), "the number of all joints"),
        (oks_with(mean=lambda e, v: e[v > 0].sum()), "the sum over the joints"),
        (oks_with(mean=lambda e, v: e[v == 2].mean()), "leave occluded joints out"),
        (oks_with(mean=lambda e, v: (e * v).sum() / v.sum()), "a code, not a weight"),
        (oks_with(mean=lambda e, v: (e * (v > 0)).sum() / (v > 0).sum()), "NaN times 0 is NaN"),
        (oks_with(mean=lambda e, v: np.nanmean(e[v > 0])), "answering only where it is sure"),
        (oks_with(), "A joint of NaN was not found"),
        (lambda p, t, v, a, g: np.nan_to_num(oks_by_loop(p, t, v, a, g)), "0 would blame"),
        (lambda p, t, v, a, g: oks_by_loop(p, t, v, a, g) if v.any() else 1.0, "1 would praise"),
    ],
    "put_together": [
        (never_resets, "Begin each limb with empty sets"),
        (
            lambda c, limbs, scores: components(
                c, limbs, scores, lambda table: list(zip(*np.nonzero(table)))
            ),
            "in one pair of a limb at most",
        ),
        (
            lambda c, limbs, scores: components(c, limbs, scores, argmax_of_rows),
            "comes first, and leaves 0 and 1",
        ),
        (
            lambda c, limbs, scores: components(c, limbs, scores, first_come),
            "serve the *pairs* in the order of their scores",
        ),
        (lambda c, limbs, scores: components(c, limbs, scores, hungarian), "the greatest total"),
        (
            lambda c, limbs, scores: components(
                c, limbs, scores, lambda table: best_first(table, -1.0)
            ),
            "whose score is 0",
        ),
        (
            lambda c, limbs, scores: grow(c, limbs, scores, best_first, lambda *_: False),
            "never for one who has its second",
        ),
        (
            lambda c, limbs, scores: grow(c, limbs, scores, best_first, lambda *_: True),
            "One candidate belongs to two people",
        ),
        (
            lambda c, limbs, scores: [p for p in put_together(c, limbs, scores) if p[0] != -1],
            "lose the people without joint 0",
        ),
        (
            lambda c, limbs, scores: [p for p in put_together(c, limbs, scores) if -1 not in p],
            "drop the people with a missing joint",
        ),
        (with_false_candidates, "it is a false one"),
        (lambda c, limbs, scores: put_together(c, limbs, scores)[::-1], "in another order"),
        (writes_into_scores, "its input untouched"),
        (
            lambda c, limbs, scores: put_together(c, list(zip(range(9), range(1, 9))), scores),
            "`limbs[l]` says which joints",
        ),
    ],
}


# --- the checks ---------------------------------------------------------------------------------
@pytest.mark.parametrize("exercise", list(exercises.chapter("05")), ids=lambda one: one.name)
def test_no_common_mistake_stops_a_check_with_an_error(exercise):
    """A mistake is tried on whatever case the student's answer fails."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the mean of nothing
        for case in exercise.cases(np.random.default_rng(0)):
            for common in exercise.common_mistakes:
                common.mistake(*case.args)


def test_no_cell_is_so_near_the_limb_s_edge_that_rounding_decides():
    for case in limb_field_file._cases(np.random.default_rng(0)):
        start, end, shape, width = case.args
        if "exactly" in case.about:  # a level limb at whole numbers: nothing is rounded
            assert start[1] == end[1] and all(float(v).is_integer() for v in (*start, *end, width))
            continue
        less, more = (limb_field(start, end, shape, width + by) for by in (-1e-6, 1e-6))
        assert (less == more).all()


def test_no_sample_is_half_way_between_two_cells():
    for case in line_integral_file._cases(np.random.default_rng(0)):
        _, start, end, samples = case.args
        points = np.linspace(start, end, samples)
        assert (np.abs(points - np.floor(points) - 0.5) > 1e-3).all()


# --- the references -----------------------------------------------------------------------------
places = st.tuples(st.floats(-3, 20), st.floats(-3, 14)).map(np.array)


@settings(max_examples=60, deadline=None)
@given(places, places, st.floats(0.3, 3))
def test_a_limb_s_field_is_what_posekit_encodes(start, end, width):
    less, more = (limb_field(start, end, (12, 18), width + by) for by in (-1e-3, 2e-3))
    codec = PartFields("coco17", (48, 72), 4, width=width)
    keypoints, visible = torch.zeros(1, 1, 17, 2), torch.zeros(1, 1, 17)
    for joint, place in zip(codec.limbs[3], (start, end)):
        keypoints[0, 0, joint] = torch.from_numpy(geometry.cell_to_pixel(place, 4))
        visible[0, 0, joint] = 2
    made = codec.encode(keypoints, visible).pafs[0, 6:8].numpy()
    clear = (less == more).all(0)  # not a question of rounding
    if np.linalg.norm(end - start) > 0.01:
        np.testing.assert_allclose(made[:, clear], less[:, clear], atol=1e-3)


@settings(max_examples=60, deadline=None)
@given(places, places)
def test_the_other_way_is_the_opposite_field(start, end):
    one, other = limb_field(start, end, (12, 18), 1.3), limb_field(end, start, (12, 18), 1.3)
    clear = (one != 0).any(0) == (other != 0).any(0)  # not a question of rounding
    assert clear.mean() > 0.95
    np.testing.assert_allclose(one[:, clear], -other[:, clear])


@settings(max_examples=60, deadline=None)
@given(*[st.tuples(st.floats(1, 16), st.floats(1, 10)).map(np.array)] * 2)
def test_along_its_own_limb_a_field_s_integral_is_1(start, end):
    if np.linalg.norm(end - start) < 0.1:
        return
    field = limb_field(start, end, (12, 18), 1.0)
    assert line_integral(field, start, end, 10) == pytest.approx(1)
    assert line_integral(field, end, start, 10) == pytest.approx(-1)
    assert line_integral(-3 * field, start, end, 10) == pytest.approx(-3)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_oks_is_posekit_s(seed):
    rng = np.random.default_rng(seed)
    target, visible = rng.uniform(0, 200, (17, 2)), rng.integers(0, 3, 17)
    predicted = target + rng.normal(0, 10, (17, 2))
    predicted[rng.random(17) < 0.2] = np.nan
    area, sigmas = rng.uniform(500, 40000), posekit_oks.sigmas("coco17")
    np.testing.assert_allclose(
        oks(predicted, target, visible, area, sigmas),
        posekit_oks.oks(predicted, target, visible, area),
    )


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_each_candidate_is_in_one_person_and_the_order_of_the_limbs_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    limbs = [(1, 0), (1, 2), (3, 1), (3, 4)]
    candidates = rng.integers(0, 5, 5).tolist()
    scores = [rng.uniform(-1, 1, (candidates[a], candidates[b])) for a, b in limbs]
    people = put_together(candidates, limbs, scores)
    assert people == together_by_relabelling(candidates, limbs, scores)
    assert people == put_together(candidates, limbs[::-1], scores[::-1])
    used = [(k, i) for person in people for k, i in enumerate(person) if i >= 0]
    assert len(used) == len(set(used)) and all(i < candidates[k] for k, i in used)
    assert all(sum(i >= 0 for i in person) >= 2 for person in people)


def test_drawn_read_and_put_together_two_stick_people_come_back():
    """The exercises in a row: fields of two people, the scores of all pairs, the people."""
    people = np.array([[[4, 3], [5, 10], [12, 12]], [[12, 3], [11, 9], [3, 13]]], float)
    limbs, order = [(0, 1), (1, 2)], [[0, 1], [1, 0], [0, 1]]
    found = [people[order[k], k] for k in range(3)]
    scores = []
    for a, b in limbs:
        fields = [limb_field(person[a], person[b], (16, 16), 1.0) for person in people]
        field = np.sum(fields, 0)
        pairs = [[line_integral(field, one, other, 10) for other in found[b]] for one in found[a]]
        scores.append(np.array(pairs))
    assert put_together([2, 2, 2], limbs, scores) == [[0, 1, 0], [1, 0, 1]]
