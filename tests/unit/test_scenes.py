"""Images of several people for training: what is kept, how it is changed, what a mosaic holds."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from posekit import catalog, skeletons
from posekit.data.batches import Augment, loader
from posekit.data.sample import Sample
from posekit.data.scenes import STRIDE, UNSURE, Interleaved, SceneDataset, Scenes, cache_scenes
from posekit.errors import InputError

NECK = skeletons.get("openpose18").index("neck")
SHOULDERS = [skeletons.get("openpose18").index(f"{side}_shoulder") for side in ("left", "right")]
K = 18


def dots(people=2, size=(96, 96), skeleton="coco17", seed=0, **more) -> Sample:
    """An image that is black but for a white pixel at each joint, with the joints' labels."""
    rng = np.random.default_rng(seed)
    joints = len(skeletons.get(skeleton))
    points = rng.integers(8, np.array(size)[::-1] - 8, (people, joints, 2)).astype(float)
    image = np.zeros((*size, 3), np.uint8)
    for x, y in points.reshape(-1, 2).astype(int):
        image[y - 1 : y + 2, x - 1 : x + 2] = 255
    visible = np.full((people, joints), 2)
    areas = np.full(people, 400.0)
    return Sample(f"dots {seed}", skeleton, points, visible, image, areas=areas, **more)


def on_white(images, points, visible, margin=2.0) -> float:
    """The share of labelled joints inside that lie on something bright."""
    size, hits, count = images.shape[1], 0, 0
    for image, people, seen in zip(images, points, visible):
        for x, y in people[seen > 0]:
            if margin < x < size - 1 - margin and margin < y < size - 1 - margin:
                hits += image[round(float(y)), round(float(x))].max() > 40
                count += 1
    assert count > 20
    return hits / count


# ---------------------------------------------------------------------------------- kept
def test_scenes_of_several_counts_by_turns():
    rendered = [catalog.load("synthetic", "val", count=7, people=n, size=48) for n in (1, 2, 3)]
    mixed = Interleaved(*rendered)
    assert [len(sample) for sample in mixed] == [1, 2, 3, 1, 2, 3, 1]
    assert mixed[-1].id == rendered[0][6].id
    together = mixed.batch([4, 0, 5])
    assert [sample.id for sample in together] == [mixed[i].id for i in (4, 0, 5)]
    assert np.array_equal(together[0].image, mixed[4].image)
    with pytest.raises(InputError, match="of one length"):
        Interleaved(range(2), range(3))


def test_whole_images_are_kept_with_everybody():
    scenes = cache_scenes([dots(2), dots(3, seed=1), dots(0, seed=2)], 64, margin=1.25)
    assert scenes.images.shape == (3, 80, 80, 3) and scenes.edge == 8
    assert scenes.keypoints.shape == (3, 3, K, 2)
    assert (scenes.visible.any(-1).sum(1) == [2, 3, 0]).all()
    assert np.isnan(scenes.keypoints[0, 2]).all() and not scenes.alone.any()
    assert (
        on_white(scenes.images, scenes.keypoints[..., NECK + 1 :, :], scenes.visible[..., 2:]) > 0.9
    )
    np.testing.assert_allclose(scenes.areas[0, :2], 400 * (80 / 96) ** 2, rtol=1e-5)


def test_an_image_that_is_no_square_keeps_its_shape():
    scenes = cache_scenes([dots(2, size=(60, 120))], 80, margin=1)
    assert on_white(scenes.images, scenes.keypoints, scenes.visible) > 0.8
    low, high = np.nanmin(scenes.keypoints[0], (0, 1)), np.nanmax(scenes.keypoints[0], (0, 1))
    assert high[0] - low[0] > 1.3 * (high[1] - low[1])


def test_every_source_means_the_same_by_a_neck():
    """LSP labels a neck of its own; COCO's is the mean of the shoulders, and only of both."""
    lsp = dots(1, skeleton="lsp14")
    scenes = cache_scenes([lsp], 64, alone=True)
    points, visible = scenes.keypoints[0, 0], scenes.visible[0, 0]
    np.testing.assert_allclose(points[NECK], points[SHOULDERS].mean(0), atol=1e-4)
    assert (visible > 0).sum() == 13, "twelve of LSP's fourteen, and the neck"
    hidden = dots(1, skeleton="lsp14")
    hidden.visible[0, 8] = 0
    assert cache_scenes([hidden], 64, alone=True).visible[0, 0, NECK] == 0


def test_who_is_no_person_to_learn_from_is_left_out():
    crowd = dots(2)
    crowd.crowd = np.array([True, False])
    nobody = dots(1)
    nobody.visible[:] = 0
    scenes = cache_scenes([crowd, nobody, nobody], 64, alone=[False, False, True])
    assert len(scenes) == 2, "an image of one labelled person without that one"
    assert scenes.visible.any(-1).sum(1).tolist() == [1, 0]


def test_what_cannot_be_kept_is_refused():
    label = Sample("labels", "coco17", np.ones((1, 17, 2)), np.ones((1, 17)), size=(9, 9))
    with pytest.raises(InputError, match="labels has labels but no image"):
        cache_scenes([label], 64)
    with pytest.raises(InputError, match="multiple of 4"):
        cache_scenes([dots()], 66)
    with pytest.raises(InputError, match="margin at least 1"):
        cache_scenes([dots()], 64, margin=0.5)


def test_no_images_are_no_scenes():
    scenes = cache_scenes([], 64)
    assert len(scenes) == 0 and scenes.keypoints.shape == (0, 0, K, 2)


# -------------------------------------------------------------------------------- batches
@pytest.fixture(scope="module")
def mixed() -> Scenes:
    """Five images with everybody labelled, and five with one labelled person."""
    samples = [dots(1 + n % 3, seed=n) for n in range(5)]
    samples += [dots(1, skeleton="lsp14", seed=10 + n) for n in range(5)]
    return cache_scenes(samples, 64, alone=[False] * 5 + [True] * 5, progress=False)


@settings(max_examples=20)
@given(st.integers(0, 1000), st.integers(0, 9))
def test_changed_images_keep_their_joints(seed, index):
    """Whatever is turned, mirrored or put together: a joint lies on what it lay on."""
    samples = [dots(2, seed=n) for n in range(4)]
    samples += [dots(1, skeleton="lsp14", seed=10 + n) for n in range(6)]
    scenes = cache_scenes(samples, 64, alone=[False] * 4 + [True] * 6, progress=False)
    augment = Augment(40, 0.2, 0.05, 0.5, 0)
    batch = SceneDataset(scenes, augment, seed).batch([index] * 2 + [0, 1, 2, 3])
    assert torch.isfinite(batch.keypoints[batch.visible > 0]).all()
    neckless = torch.arange(K) != NECK  # no dot was drawn for it
    seen = batch.visible[..., neckless].numpy()
    assert on_white(batch.images.numpy(), batch.keypoints[..., neckless, :].numpy(), seen) > 0.75


def test_the_same_seed_epoch_and_index_is_the_same_batch(mixed):
    one, two = (SceneDataset(mixed, Augment(), seed=3) for _ in range(2))
    for a, b in zip(one.batch([7, 1], 5), two.batch([7, 1], 5)):
        np.testing.assert_array_equal(a, b)
    alone = two.batch([1], 5)
    assert torch.equal(alone.images[0], one.batch([7, 1], 5).images[1]), "whoever else is asked for"
    assert not torch.equal(one.batch([7], 5).images, one.batch([7], 6).images)


def test_without_augmentation_the_middle_is_shown(mixed):
    batch = SceneDataset(mixed).batch([0, 8])
    edge = int(mixed.edge)
    expected = mixed.images[[0, 8], edge : edge + 64, edge : edge + 64]
    assert np.array_equal(batch.images.numpy(), expected)
    np.testing.assert_allclose(batch.inputs().permute(0, 2, 3, 1), expected / 255, atol=1e-6)


def test_mirrored_people_have_their_sides_renamed(mixed):
    as_it_is, mirrored = (
        SceneDataset(mixed, Augment(0, 0, 0, flip=flip, colour=0), 5).batch([0]) for flip in (0, 1)
    )
    flip = skeletons.get("openpose18").flip
    expected = as_it_is.keypoints[..., flip, :] * torch.tensor([-1.0, 1.0])
    expected[..., 0] += 63
    np.testing.assert_allclose(mirrored.keypoints, expected, atol=1e-4)
    there = as_it_is.images.flip(2).float()
    assert (mirrored.images.float() - there).abs().mean() < 2  # they are resampled


def test_a_scene_is_shown_about_one_of_its_people_at_any_size():
    """Somebody's box has its middle in the middle, and sides as the range says."""
    points = np.random.default_rng(0).uniform(0, 30, (2, 17, 2)) + [[[20, 20]], [[120, 90]]]
    image = np.zeros((200, 200, 3), np.uint8)
    scenes = cache_scenes([Sample("a", "coco17", points, np.full((2, 17), 2), image)], 64)
    dataset, sizes = SceneDataset(scenes, Augment(0, 0, 0, 0, 0), seed=1), []
    for epoch in range(40):
        people = dataset.batch([0], epoch).keypoints[0].numpy()
        low, high = np.nanmin(people, 1), np.nanmax(people, 1)
        off = np.abs((low + high) / 2 - 31.5).max(-1)
        assert off.min() < 0.01, "nobody is in the middle"
        sizes.append((high - low)[off.argmin()].max() / 64)
    assert min(sizes) > 0.1 and max(sizes) < 1.1 and max(sizes) > 1.8 * min(sizes)


def test_a_mosaic_shows_four_people_each_in_a_cell(mixed):
    data = SceneDataset(mixed, Augment(0, 0, 0, 0, 0), share=1.0)
    batch = data.batch([6, 7, 8, 9, 0])
    people = (batch.visible > 0).any(-1).sum(1)
    assert people[:4].min() >= 3 and people[:4].max() <= 4, "one may lie outside her cell"
    assert people[4] == 1, "where everybody is labelled nothing is put together"
    assert SceneDataset(mixed, Augment(), share=0.0).batch([6, 7]).keypoints.shape[1] == 1


def test_weights_are_low_where_somebody_may_be_unlabelled(mixed):
    batch = SceneDataset(mixed, Augment(0, 0, 0, 0, 0), share=1.0).batch([0, 5, 6])
    assert (batch.weights[0] == 1).all()
    values = batch.weights[1:].unique().tolist()
    assert values == [pytest.approx(UNSURE), 1]
    for weights, people, seen in zip(batch.weights[1:, 0], batch.keypoints[1:], batch.visible[1:]):
        for x, y in people[seen > 0].tolist():
            assert weights[int((y + 0.5) // STRIDE), int((x + 0.5) // STRIDE)] == 1


def test_colours_are_changed_on_the_device():
    image = np.full((64, 64, 3), 128, np.uint8)
    grey = Sample("grey", "coco17", np.zeros((0, 17, 2)), np.zeros((0, 17)), image)
    scenes = cache_scenes([grey], 64, margin=1)
    batch = SceneDataset(scenes, Augment(0, 0, 0, 0, colour=0.3), seed=1).batch([0])
    gain, offset = batch.colours[0]
    expected = (128 / 255 * gain + offset).clamp(0, 1)
    np.testing.assert_allclose(batch.inputs()[0, :, 5, 5], expected, atol=1e-6)
    assert batch.inputs().is_contiguous(memory_format=torch.channels_last)
    assert batch.keypoints.shape == (1, 0, K, 2), "nobody"


def test_the_loader_takes_them(mixed):
    batches = list(loader(SceneDataset(mixed, Augment(), 0), 4, epoch=2))
    assert [len(batch.images) for batch in batches] == [4, 4, 2]
    assert sorted(torch.cat([batch.index for batch in batches]).tolist()) == list(range(10))
    one = SceneDataset(mixed)[-1]
    assert one.index.tolist() == [9] and len(one.images) == 1
