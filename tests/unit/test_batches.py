"""Cached crops and their batches: where pixels and joints go, and what never changes."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import ConcatDataset

from posekit import geometry, skeletons
from posekit.cameras import Z_UP
from posekit.data import Sample, crops
from posekit.data.batches import NUMBERS, Augment, CropDataset, EpochSampler, loader
from posekit.data.crops import cache_crops, compose, person_box, square_crop, whole_image
from posekit.errors import InputError
from posekit.synthetic import People

LSP = skeletons.get("lsp14")
SIZE = 64


def dotted(seed=0, people=1, height=200, width=240, dot=True, **changes) -> Sample:
    """Joints at random; joint k is a grey disc whose brightness tells which joint it is."""
    rng = np.random.default_rng(seed)
    points = rng.uniform([40, 40], [width - 40, height - 40], (people, 14, 2)).astype(np.float32)
    image = np.zeros((height, width, 3), np.uint8)
    if dot:
        y, x = np.mgrid[:height, :width]
        for k, (px, py) in enumerate(points.reshape(-1, 2)):
            near = (x - px) ** 2 + (y - py) ** 2 < 9
            image[near] = 60 + 12 * (k % 14)
    given = dict(
        id=f"dots {seed}",
        skeleton="lsp14",
        keypoints=points,
        visible=np.full((people, 14), 2),
        image=image,
    )
    return Sample(**{**given, **changes})


def many(count=6, **changes) -> list[Sample]:
    return [dotted(seed, **changes) for seed in range(count)]


def equal(one, other) -> bool:
    return all(
        torch.equal(torch.nan_to_num(a), torch.nan_to_num(b))
        for a, b in zip(one, other)
        if isinstance(a, torch.Tensor)
    )


# --- cutting people out ----------------------------------------------------------------------
def test_a_crop_a_person_and_the_box_fills_the_networks_input():
    crops = cache_crops(many(3, people=2), SIZE)
    assert len(crops) == 6 and crops.images.shape == (6, 80, 80, 3)
    assert crops.keypoints.shape == (6, 14, 2) and crops.keypoints.dtype == np.float32
    assert crops.people[:3] == [("dots 0", 0), ("dots 0", 1), ("dots 1", 0)]
    span = np.ptp(crops.keypoints, axis=1).max(-1)
    assert span == pytest.approx(SIZE / 1.25, rel=0.01)  # the joints' box was grown by 1.25
    assert crops.keypoints.mean() == pytest.approx(39.5, abs=4)


def test_a_crowd_has_room_and_is_cut_out_as_one_by_one():
    crops = cache_crops([dotted(people=50), dotted(1, people=3)], SIZE)
    alone = dotted(people=50)
    for i in (0, 17, 18, 49):  # the cache has grown twice by then
        picture, _ = square_crop(alone.image, person_box(alone, i), 80, SIZE)
        assert np.array_equal(crops.images[i], picture)
    assert len(crops) == 53 and crops.people[-1] == ("dots 1", 2) and crops.images[52].any()


def test_the_matrix_leads_from_the_photograph_to_the_crop_and_back():
    sample = dotted(people=2)
    crops = cache_crops([sample], SIZE)
    for i, (_, person) in enumerate(crops.people):
        back = geometry.transform(geometry.invert(crops.matrices[i]), crops.keypoints[i])
        assert np.allclose(back, sample.keypoints[person], atol=1e-3)


def test_a_box_of_the_source_goes_before_the_joints_and_is_grown_as_they_are():
    sample = dotted(boxes=[[10, 20, 110, 100]])
    assert person_box(sample, 0) == pytest.approx([-2.5, 10, 122.5, 110])
    sample.boxes[0] = np.nan
    assert np.allclose(person_box(sample, 0), geometry.keypoint_box(sample.keypoints[0]))
    assert whole_image(sample, 0).tolist() == [-0.5, -0.5, 239.5, 199.5]


def test_a_box_over_the_edge_of_the_image_is_filled_with_black():
    sample = dotted(dot=False, boxes=[[-100, -100, 60, 60]])
    sample.image[:] = 255
    (image,) = cache_crops([sample], SIZE).images
    assert (image[:20, :20] == 0).all() and (image[-20:, -20:] == 255).all()


@pytest.mark.parametrize("box", [[50, 50, 50, 90], [90, 50, 50, 90], [0, 0, 9e9, 9e9]])
def test_a_box_without_area_is_refused_by_name(box):
    with pytest.raises(InputError, match=r"dots 0: the box of person 0, .* has no area"):
        cache_crops([dotted(boxes=[box])], SIZE)


def test_a_box_beside_the_image_is_left_out():
    crops = cache_crops([dotted(boxes=[[300, 20, 400, 90]])], SIZE)
    assert crops.left_out == [("dots 0", 0, "outside the image")]


def test_people_who_cannot_be_used_are_left_out_and_listed():
    sample = dotted(people=4, crowd=[False, True, False, False])
    sample.visible[2] = 0
    sample.keypoints[2] = np.nan
    sample.keypoints[3] += 1000
    crops = cache_crops([sample], SIZE)
    assert crops.people == [("dots 0", 0)]
    assert crops.left_out == [
        ("dots 0", 1, "a crowd"),
        ("dots 0", 2, "no labelled joint"),
        ("dots 0", 3, "outside the image"),
    ]


@pytest.mark.parametrize("samples", [[], [dotted(visible=np.zeros((1, 14)))]])
def test_nobody_at_all_is_an_empty_cache_and_no_batches(samples):
    crops = cache_crops(samples, SIZE)
    assert crops.images.shape == (0, 80, 80, 3) and crops.keypoints.shape == (0, 14, 2)
    dataset = CropDataset(crops, Augment())
    assert len(dataset) == 0 and list(loader(dataset)) == []
    batch = dataset.__getitems__([])
    assert batch.images.shape == (0, 3, SIZE, SIZE) and batch.keypoints.shape == (0, 14, 2)


def test_a_missing_joint_is_nan_from_the_file_to_the_batch():
    sample = dotted()
    sample.visible[0, 3] = 0
    sample.keypoints[0, 3] = np.nan
    crops = cache_crops([sample], SIZE)
    assert np.isnan(crops.keypoints[0, 3]).all()
    for seed in range(8):
        batch = CropDataset(crops, Augment(rotation=0, scale=0, shift=0), seed=seed)[0]
        lost = torch.isnan(batch.keypoints).all(-1)
        assert lost.sum() == 1 and torch.equal(lost, batch.visible == 0)
        assert torch.isfinite(batch.images).all()


@pytest.mark.parametrize(
    "samples, say",
    [
        ([dotted(image=None, size=(200, 240))], "dots 0 has labels but no image"),
        (
            [
                dotted(),
                Sample(
                    "other",
                    "coco17",
                    np.zeros((1, 17, 2)),
                    np.ones((1, 17)),
                    np.zeros((9, 9, 3), np.uint8),
                ),
            ],
            "coco17 and lsp14",
        ),
    ],
)
def test_what_cannot_be_cut_out_is_refused_by_name(samples, say):
    with pytest.raises(InputError, match=say):
        cache_crops(samples, SIZE)


@pytest.mark.parametrize("options", [{"size": 0}, {"margin": 0.5}])
def test_sizes_that_make_no_sense_are_refused(options):
    with pytest.raises(InputError, match="margin at least 1"):
        cache_crops([dotted()], **options)


# --- the square that is cut out --------------------------------------------------------------
def centre_of_mass(image) -> np.ndarray:
    weight = image[..., 0].astype(float)
    y, x = np.mgrid[: weight.shape[0], : weight.shape[1]]
    return np.array([(x * weight).sum(), (y * weight).sum()]) / weight.sum()


@given(
    st.floats(60, 160),
    st.floats(60, 120),
    st.floats(60, 900),
    st.floats(-9, 9),
    st.sampled_from([32, 63, 64, 100]),
)
@settings(max_examples=60, deadline=None)
def test_cutting_out_takes_everything_where_its_matrix_says(x, y, length, off, side):
    """A smooth blob, enlarged or shrunk up to twenty times, to a twentieth of a pixel."""
    rows, columns = np.mgrid[:180, :220]
    blob = 250 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * 10**2))
    image = np.repeat(blob.round().astype(np.uint8)[..., None], 3, axis=2)
    box = np.array([x + off, y - off, x + off, y - off]) + np.array([-1, -1, 1, 1]) * length / 2
    cut, matrix = square_crop(image, box, side, side)
    assert cut.shape == (side, side, 3)
    if length > 120 and length / side < 10:  # the whole blob is in it, on some pixels
        wanted = geometry.transform(matrix, centre_of_mass(image))
        assert np.allclose(centre_of_mass(cut), wanted, atol=0.05)


@given(st.floats(-40, 200), st.floats(-40, 200), st.floats(8, 700), st.floats(0.2, 1.8))
@settings(max_examples=60, deadline=None)
def test_the_box_fills_the_middle_to_half_a_pixel_of_the_image(x, y, width, ratio):
    box = np.array([x, y, x + width, y + width * ratio])
    _, matrix = square_crop(np.zeros((180, 220, 3), np.uint8), box, 80, 64)
    wanted = geometry.crop_matrix(box, 80, scale=64 / 80)
    # The square's side is a whole number, and an even one where it is halved.
    cut, exact = 80 / matrix[0, 0], 80 / wanted[0, 0]
    assert abs(cut - exact) <= max(0.5 * max(1, exact / 80), 1 - exact) + 1e-6
    centre = [[(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]]
    off = geometry.transform(matrix, centre) - 39.5
    assert np.abs(off).max() <= 0.5 * matrix[0, 0] + 1e-6


@pytest.mark.parametrize("side", [64, 37])
def test_shrinking_averages_a_chequerboard_where_one_tap_would_pick(side):
    board = np.indices((256, 256)).sum(0) % 2 * 255
    image = np.repeat(board.astype(np.uint8)[..., None], 3, axis=2)
    cut, _ = square_crop(image, geometry.image_box(256, 256), side, side)
    assert np.abs(cut.astype(int) - 127).max() <= 2


def test_a_whole_image_at_its_own_size_is_that_image():
    image = np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8)
    cut, matrix = square_crop(image, geometry.image_box(64, 64), 64, 64)
    assert np.array_equal(cut, image) and np.allclose(matrix, [[1, 0, 0], [0, 1, 0]])


def test_several_threads_give_what_one_gives():
    samples = many(9, people=2)
    one, four = (cache_crops(samples, SIZE, threads=threads) for threads in (1, 4))
    assert one.people == four.people
    assert np.array_equal(one.images, four.images)
    assert np.array_equal(one.keypoints, four.keypoints)


def test_people_are_rendered_on_all_processors_as_on_one(monkeypatch):
    people = People(3, 40, 48, difficulty="easy")
    files = many(3)
    one = list(crops.read_ahead(people, threads=1))
    monkeypatch.setattr(crops, "MANY", 40)
    both = list(crops.read_ahead(ConcatDataset([files, people])))
    assert [sample.id for sample in both[:3]] == [sample.id for sample in files]
    assert [sample.id for sample in both[3:]] == [sample.id for sample in one]
    assert all(np.array_equal(a.image, b.image) for a, b in zip(one, both[3:]))


def test_what_a_reader_raises_in_the_middle_passes_through():
    class Broken(list):
        def __getitem__(self, i):
            if i == 3:
                raise InputError("im0004.jpg is truncated")
            return super().__getitem__(i)

    with pytest.raises(InputError, match=r"^im0004\.jpg is truncated$"):
        cache_crops(Broken(many(6)), SIZE)


# --- batches ---------------------------------------------------------------------------------
def test_shapes_types_and_ranges_of_a_batch():
    batch = next(iter(loader(CropDataset(cache_crops(many(), SIZE), Augment()), 4)))
    assert batch.images.shape == (4, 3, SIZE, SIZE) and batch.images.dtype == torch.float32
    assert batch.images.min() >= 0 and batch.images.max() <= 1
    assert batch.keypoints.shape == (4, 14, 2) and batch.keypoints.dtype == torch.float32
    assert batch.visible.dtype == torch.uint8 and batch.index.dtype == torch.int64
    assert batch.targets is None and batch.matrices.shape == (4, 2, 3)
    assert batch.images.is_contiguous()


def test_without_augmentation_it_is_the_middle_of_the_cached_crop():
    crops = cache_crops(many(2), SIZE)
    batch = CropDataset(crops)[1]
    middle = crops.images[1, 8:72, 8:72].astype(np.float32) / 255
    assert np.allclose(batch.images[0].permute(1, 2, 0), middle, atol=1e-6)
    assert np.allclose(batch.keypoints[0], crops.keypoints[1] - 8, atol=1e-4)


@pytest.mark.parametrize("seed", range(6))
def test_every_joint_lies_on_its_own_disc_whatever_the_augmentation(seed):
    """The renaming after a flip, too: discs tell by their brightness which joint they are."""
    sample = dotted(seed, height=300, width=300)
    sample.keypoints[0] = 60 + 44 * np.stack(np.divmod(np.arange(14), 5), axis=-1)
    y, x = np.mgrid[:300, :300]
    for k, (px, py) in enumerate(sample.keypoints[0]):
        sample.image[(x - px) ** 2 + (y - py) ** 2 < 100] = 60 + 12 * k
    dataset = CropDataset(cache_crops([sample], SIZE), Augment(colour=0), seed=seed)
    for epoch in range(8):
        batch = dataset[(epoch, 0)]
        turned = bool(torch.linalg.det(batch.matrices[0, :, :2]) < 0)
        for k, (x, y) in enumerate(batch.keypoints[0].round().int().tolist()):
            joint = LSP.flip[k] if turned else k
            if 2 < x < SIZE - 3 and 2 < y < SIZE - 3:
                assert batch.images[0, 0, y, x] * 255 == pytest.approx(60 + 12 * joint, abs=4)


@given(st.integers(0, 10**6), st.integers(1, 5), st.integers(20, 90))
@settings(max_examples=25, deadline=None)
def test_a_batch_of_maps_is_geometrys_map_row_by_row(seed, count, size):
    side, augment = 2 * size, Augment(rotation=45, scale=0.4, shift=0.3)
    uniform = np.random.default_rng(seed).random((count, NUMBERS))
    low = (side - size) / 2 - 0.5
    for row, matrix in zip(2 * uniform - 1, augment.matrices(uniform, side, size)):
        wanted = geometry.crop_matrix(
            (low, low, low + size, low + size),
            size,
            rotation=45 * row[0],
            scale=1 + 0.4 * row[1],
            shift=0.3 * row[2:4],
            flip=row[4] < 0,
        )
        # crop_matrix shifts before it mirrors, so both agree on which way is right.
        assert np.allclose(matrix, wanted, atol=1e-9)


def test_the_batchs_matrix_leads_from_the_photograph_to_the_input():
    samples = many(5)
    dataset = CropDataset(cache_crops(samples, SIZE), Augment(flip=0))
    batch = dataset.__getitems__([(3, i) for i in range(5)])
    for i, sample in enumerate(samples):
        points = geometry.transform(batch.matrices[i].numpy(), sample.keypoints[0])
        assert np.allclose(points, batch.keypoints[i], atol=1e-3)


def test_colour_stays_within_its_bounds_and_leaves_the_joints_alone():
    sample = dotted(dot=False)
    sample.image[:] = 128
    crops = cache_crops([sample], SIZE)
    plain = CropDataset(crops)[0]
    means = []
    for epoch in range(200):
        batch = CropDataset(crops, Augment(0, 0, 0, 0, colour=0.2))[(epoch, 0)]
        assert equal(batch._replace(images=plain.images), plain)
        means.append(batch.images.mean((0, 2, 3)).tolist())
    means = np.array(means)
    assert means.min() > 0.5 - 0.21 and means.max() < 0.5 + 0.21
    assert means.std(0).min() > 0.08


def test_colours_by_hand():
    """Contrast and each channel's gain turn about the middle grey, and brightness moves it."""
    uniform = np.full((4, NUMBERS), 0.5)  # 0.5 changes nothing, 1 as much as may be
    uniform[1, 5] = uniform[2, 6] = uniform[3, 8] = 1
    gain, offset = Augment(colour=0.2).colours(uniform)
    stretched = [[1, 1, 1], [1.2, 1.2, 1.2], [1, 1, 1], [1, 1.2, 1]]
    assert gain == pytest.approx(np.array(stretched))
    grey = [[0.5] * 3, [0.5] * 3, [0.7] * 3, [0.5] * 3]
    assert 0.5 * gain + offset == pytest.approx(np.array(grey))


# --- the same numbers ------------------------------------------------------------------------
def test_an_item_depends_on_seed_epoch_and_index_alone():
    crops, fewer = cache_crops(many(6), SIZE), cache_crops(many(3), SIZE)
    dataset = CropDataset(crops, Augment(), seed=5)
    alone = dataset[(2, 1)]
    assert equal(alone, CropDataset(fewer, Augment(), seed=5)[(2, 1)])
    together = dataset.__getitems__([(2, 4), (2, 1)])
    assert torch.equal(alone.images[0], together.images[1])
    assert not equal(alone, dataset[(3, 1)])
    assert not equal(alone, CropDataset(crops, Augment(), seed=6)[(2, 1)])
    assert equal(alone, dataset[(2, 1)])  # nothing was written into the cache


def test_each_pass_is_the_next_epoch_and_a_stopped_run_can_go_on():
    dataset = CropDataset(cache_crops(many(6), SIZE), Augment(), seed=1)
    batches = loader(dataset, 4)
    first, second = list(batches), list(batches)
    assert sorted(torch.cat([b.index for b in first]).tolist()) == list(range(6))
    assert [b.index.tolist() for b in first] != [b.index.tolist() for b in second]
    again = loader(dataset, 4, epoch=1)
    assert all(equal(a, b) for a, b in zip(second, again, strict=True))


def test_looking_at_the_data_draws_nothing_from_torchs_own_generator():
    dataset = CropDataset(cache_crops(many(3), SIZE), Augment())
    torch.manual_seed(0)
    wanted = torch.rand(3)
    torch.manual_seed(0)
    list(loader(dataset, 2))
    assert torch.equal(torch.rand(3), wanted)


def test_workers_give_the_same_batches():
    dataset = CropDataset(cache_crops(many(6), SIZE), Augment(), seed=1)
    alone, shared = loader(dataset, 4), loader(dataset, 4, workers=1)
    for _ in range(2):  # the second epoch too: workers must learn of it
        assert all(equal(a, b) for a, b in zip(list(alone), list(shared), strict=True))


def test_the_order_without_shuffling_and_the_last_part():
    dataset = CropDataset(cache_crops(many(5), SIZE))
    assert [b.index.tolist() for b in loader(dataset, 2, shuffle=False)] == [[0, 1], [2, 3], [4]]
    assert (
        len(loader(dataset, 2, drop_last=True))
        == 2
        == len(list(loader(dataset, 2, drop_last=True)))
    )
    assert len(EpochSampler(0, 4)) == 0
    with pytest.raises(InputError, match="batch_size must be at least 1"):
        EpochSampler(5, 0)


def test_a_batch_of_two_epochs_is_refused():
    with pytest.raises(InputError, match=r"one epoch, and this one in \[0, 1\]"):
        CropDataset(cache_crops(many(2), SIZE)).__getitems__([(0, 0), (1, 1)])


def test_targets_are_made_once_a_batch_from_the_augmented_joints():
    calls = []

    def encode(keypoints, visible):
        calls.append(len(keypoints))
        return torch.nan_to_num(keypoints).sum(-1) * (visible > 0)

    dataset = CropDataset(cache_crops(many(6), SIZE), Augment(), encode=encode)
    for batch in loader(dataset, 4):
        assert torch.equal(batch.targets, batch.keypoints.sum(-1))
    assert calls == [4, 2]


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_compose_does_the_first_map_first(seed):
    rng = np.random.default_rng(seed)
    first, last, points = rng.normal(size=(2, 3)), rng.normal(size=(2, 3)), rng.normal(size=(7, 2))
    twice = geometry.transform(last, geometry.transform(first, points))
    assert np.allclose(geometry.transform(compose(last, first), points), twice)


def test_depths_turn_with_nothing_and_swap_sides_in_the_mirror():
    people = People(seed=3, count=4, size=64, skeleton="h36m17")
    crops = cache_crops(people, 32, depth=True)
    for crop, sample in zip(crops.keypoints_3d, people):
        np.testing.assert_array_equal(crop, sample.keypoints_3d[0])
    hips = skeletons.get("h36m17").index("left_hip"), skeletons.get("h36m17").index("right_hip")
    np.testing.assert_allclose(crops.depths[:, hips].sum(1), 0, atol=1e-6)
    whole = [(0, i) for i in range(4)]
    as_it_is = CropDataset(crops, Augment(flip=0)).__getitems__(whole).depths
    mirrored = CropDataset(crops, Augment(flip=1)).__getitems__(whole).depths
    np.testing.assert_array_equal(as_it_is, crops.depths)
    np.testing.assert_array_equal(mirrored, crops.depths[:, skeletons.get("h36m17").flip])


def test_joints_in_the_world_are_brought_into_the_cameras_axes():
    sample = People(seed=7, count=1, size=96, skeleton="h36m17")[0]
    turned = sample.camera.turned(Z_UP)
    camera = replace(turned, translation=turned.translation + (1, 2, 3))
    there = replace(
        sample, frame="world", camera=camera, keypoints_3d=camera.to_world(sample.keypoints_3d)
    )
    crops = cache_crops([there], 32, depth=True)
    np.testing.assert_allclose(crops.keypoints_3d[0], sample.keypoints_3d[0], atol=1e-5)
    assert crops.cameras[0] is camera


def test_depths_are_asked_for_by_name_and_of_sets_that_have_them():
    assert cache_crops([dotted()], SIZE).depths is None
    assert CropDataset(cache_crops([dotted()], SIZE))[0].depths is None
    assert cache_crops([], SIZE, depth=True).keypoints_3d.shape == (0, 14, 3)
    with pytest.raises(InputError, match="no joints in space"):
        cache_crops([dotted()], SIZE, depth=True)


def test_a_box_many_times_as_large_as_the_photograph_takes_little_memory():
    """12 megapixels and a box ten times as wide: once a request for 11.7 GB."""
    image = np.full((3000, 4000, 3), 200, np.uint8)
    tracemalloc.start()
    crop, matrix = square_crop(image, (-18000, -18500, 22000, 21500), 160, 128)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6, f"expected under 100 MB, came {peak / 1e6:.0f}"
    inside = geometry.transform(matrix, [[2000, 1500], [-9000, 1500]]).round().astype(int)
    values = [crop[y, x].tolist() for x, y in inside]
    assert values == [[200] * 3, [0] * 3]


def test_depths_about_the_hips_alone_are_refused():
    sample = People(seed=7, count=1, size=96, skeleton="h36m17")[0]
    about = replace(sample, frame="root", keypoints_3d=sample.keypoints_3d * 0)
    with pytest.raises(InputError, match=r"about the hips \(frame 'root'\)"):
        cache_crops([about], 32, depth=True)
