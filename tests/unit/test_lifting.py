"""A network that lifts, at work; and corrected: the checks fall, the weights stay."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from posekit import lifting, skeletons
from posekit.cameras import Camera
from posekit.data.takes import person_units
from posekit.errors import InputError
from posekit.lifting import Correction, lift, paired_limbs, steadiness
from posekit.models.lifters import LinearLifter, PoseMachineLifter, TemporalLifter

NAME = "humaneva15"
SET = skeletons.get(NAME)


@pytest.fixture(scope="module")
def machine():
    torch.manual_seed(0)
    net = PoseMachineLifter(15, hidden=32)
    torch.nn.init.normal_(net.refiner.change[-1].weight, std=0.05)
    return net.train()


@pytest.fixture(scope="module")
def points():
    rng = np.random.default_rng(0)
    return np.cumsum(rng.normal(0, 0.02, (6, 15, 2)), 0) + rng.normal(0, 0.5, (1, 15, 2))


def bits(net) -> dict:
    return {name: value.clone() for name, value in net.state_dict().items()}


def same(one: dict, other: dict) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


# ------------------------------------------------------------------------------------- lift
@pytest.mark.parametrize(
    "net",
    [LinearLifter(15, 8), TemporalLifter(15, 8, (3, 3)), PoseMachineLifter(15, 8)],
    ids=lambda net: type(net).__name__,
)
@pytest.mark.parametrize("frames", [1, 6, 12])
def test_every_frame_gets_an_answer(net, frames):
    net.train()
    found = lift(net, np.random.default_rng(0).normal(size=(frames, 15, 2)), NAME)
    assert found.shape == (frames, 15, 3) and np.isfinite(found).all() and net.training


def test_a_temporal_network_sees_the_ends_repeated():
    torch.manual_seed(0)
    net = TemporalLifter(15, 8, (3, 3)).eval()
    points = np.random.default_rng(0).normal(size=(7, 15, 2)).astype(np.float32)
    found = lift(net, points, NAME, flip=False)
    windows = [np.clip(np.arange(t - 4, t + 5), 0, 6) for t in range(7)]
    with torch.no_grad():
        expected = net(torch.from_numpy(points[np.array(windows)]))[:, 0]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_memory_sees_the_ends_repeated(machine, points):
    """As in the windows that it learnt from: its first frames are not its beginning."""
    padded = np.pad(points, ((lifting.EDGE, lifting.EDGE), (0, 0), (0, 0)), mode="edge")
    with torch.no_grad():
        expected = machine.eval()(torch.as_tensor(padded[None], dtype=torch.float32)).refined[0]
    machine.train()
    found = lift(machine, points, NAME, flip=False)
    np.testing.assert_allclose(found, expected[lifting.EDGE : -lifting.EDGE], atol=1e-5)


def test_with_the_mirror_image_the_answer_mirrors(points):
    torch.manual_seed(0)
    net = LinearLifter(15, 16).eval()
    mirrored = (points * [-1, 1])[:, SET.flip]
    found, other = (lift(net, p, NAME) for p in (points, mirrored))
    np.testing.assert_allclose((other * [-1, 1, 1])[:, SET.flip], found, atol=1e-5)
    assert np.abs(found - lift(net, points, NAME, flip=False)).max() > 1e-3


@pytest.mark.parametrize(
    "wrong, message",
    [
        (np.zeros((0, 15, 2)), "a frame at least"),
        (np.zeros((3, 14, 2)), "points must be"),
        (np.full((3, 15, 2), np.nan), "fill them first"),
    ],
)
def test_what_cannot_be_lifted_is_refused(machine, wrong, message):
    with pytest.raises(InputError, match=message):
        lift(machine, wrong, NAME)


# ------------------------------------------------------------------------------- correction
@pytest.mark.parametrize("of", ["refiner", "code", "joints"])
def test_the_reprojection_error_falls_and_the_weights_stay(machine, points, of):
    before = bits(machine)
    found = Correction(of, steps=20, lr=1e-3, bones=0).apply(machine, points, NAME)
    assert (found.after < found.before).all()
    assert same(before, bits(machine)) and machine.training
    assert all(p.grad is None and p.requires_grad for p in machine.parameters())


def test_the_papers_two_steps_lower_it_too(machine, points):
    found = Correction(bones=0).apply(machine, points, NAME)
    assert (found.after < found.before).all() and found.changed.all()


@pytest.mark.parametrize("of", ["refiner", "code", "joints"])
def test_left_and_right_limbs_become_alike(machine, points, of):
    left, right = paired_limbs(NAME)

    def difference(joints):
        one, other = (
            np.linalg.norm(joints[:, ends[:, 0]] - joints[:, ends[:, 1]], axis=-1)
            for ends in (left, right)
        )
        return np.square(one - other).mean()

    plain = lift(machine, points, NAME, flip=False)
    # Nothing is seen, so that only the limbs count.
    correction = Correction(of, steps=20, lr=1e-3, bones=100.0, least=0)
    found = correction.apply(machine, points, NAME, np.zeros((6, 15)))
    assert difference(found.joints) < difference(plain)


@pytest.mark.parametrize("of", ["refiner", "code", "joints"])
def test_every_frame_is_corrected_by_itself(machine, points, of):
    """Whether or not another frame is corrected besides."""
    correction = Correction(of, steps=3, lr=1e-3)
    whole = correction.apply(machine, points, NAME)
    trust = np.ones((6, 15))
    trust[[0, 1, 3, 4, 5]] = 0
    alone = correction.apply(machine, points, NAME, trust)
    assert alone.changed.tolist() == [False, False, True, False, False, False]
    np.testing.assert_allclose(alone.joints[2], whole.joints[2], atol=1e-5)


def test_what_is_smoothed_is_each_frames_change(machine, points):
    """The mean over the frames around, the first and the last one standing for those beyond."""
    plain = lift(machine, points, NAME, flip=False)
    each, even = (
        Correction("joints", steps=5, lr=1e-2, smooth=span).apply(machine, points, NAME).joints
        for span in (0, 1)
    )
    change = np.pad(each - plain, ((1, 1), (0, 0), (0, 0)), mode="edge")
    wanted = plain + (change[:-2] + change[1:-1] + change[2:]) / 3
    np.testing.assert_allclose(even, wanted, atol=1e-6)


def test_what_stays_stays(machine, points):
    """The more it counts, the less the answer moves."""
    plain = lift(machine, points, NAME, flip=False)
    moved = [
        np.abs(
            Correction("joints", steps=40, lr=5e-3, stay=stay).apply(machine, points, NAME).joints
            - plain
        ).mean()
        for stay in (0.0, 10.0, 1000.0)
    ]
    assert moved[0] > 1.2 * moved[1] > 2 * moved[2]


@given(distance=st.floats(2, 8), seed=st.integers(0, 99))
def test_a_pinhole_projects_as_a_camera_does(distance, seed):
    joints = np.random.default_rng(seed).normal(0, 0.3, (2, 15, 3))
    joints -= joints[:, :1]
    camera = Camera(np.diag([900.0, 900, 1]))
    seen = camera.project(joints + [0, 0, distance], "camera")
    how, joints = Correction(distance=distance), torch.tensor(joints)
    checks = lifting._Checks(how, None, joints, torch.tensor(seen), torch.ones(2, 15), NAME)
    assert checks.reprojection(joints).max() < 1e-6
    assert checks.reprojection(2 * joints).max() > 1e-6


def test_joints_are_moved_to_where_they_are_seen(machine):
    """By a pinhole, on true joints: across the view they come near, whatever the network says."""
    joints = np.random.default_rng(2).normal(0, 0.3, (6, 15, 3))
    joints -= joints[:, :1]
    points = joints[..., :2] / (4 + joints[..., 2:])
    correction = Correction("joints", steps=100, lr=1e-2, bones=0, distance=4.0)
    found = correction.apply(machine, points, NAME)
    assert (found.after < 0.2 * found.before).all()


@pytest.mark.parametrize("of", ["refiner", "code", "joints"])
def test_the_gate_leaves_frames_as_they_were(machine, points, of):
    plain = lift(machine, points, NAME, flip=False)
    trust = np.full((6, 15), 0.4)
    trust[2] = 0.9
    found = Correction(of, steps=3, lr=1e-2).apply(machine, points, NAME, trust)
    others = [0, 1, 3, 4, 5]
    # Up to the rounding of sums whose order depends on the number of frames and threads.
    np.testing.assert_allclose(found.joints[others], plain[others], atol=1e-5)
    assert np.abs(found.joints[2] - plain[2]).max() > 1e-3
    assert not found.changed[others].any() and found.changed[2]


def test_a_joint_that_is_not_trusted_does_not_pull(machine, points):
    """What its coordinates are is nothing to the correction of the memory's code."""
    trust, knee = np.ones((6, 15)), SET.index("left_knee")
    trust[:, knee] = 0
    with torch.no_grad():
        codes = machine.eval().codes(torch.as_tensor(points[None], dtype=torch.float32))[0]
        machine.train()
    found = []
    first = machine.answer(codes).refined
    for shift in (0.0, 0.1):
        seen = torch.tensor(points), torch.tensor(trust)
        checks = lifting._Checks(Correction(), machine.projector, first, *seen, NAME)
        checks.target[:, knee] += shift
        found.append(checks.loss(first, torch.arange(6)).item())
    assert found[0] == found[1]


def test_the_reprojection_error_is_in_person_units(machine, points):
    """Where the person stands on the image, and how large, is nothing to it."""
    with torch.no_grad():
        padded = np.pad(points, ((6, 6), (0, 0), (0, 0)), mode="edge")[None]
        projected = machine.eval()(torch.as_tensor(padded, dtype=torch.float32)).projected[0, 6:-6]
        machine.train()
    error = np.square(projected.numpy() - person_units(points, 0)).sum(-1).mean(-1)
    found = Correction(steps=0).apply(machine, points, NAME).before
    np.testing.assert_allclose(found, np.sqrt(error), rtol=1e-4)


def test_no_steps_change_nothing(machine, points):
    found = Correction(steps=0).apply(machine, points, NAME)
    np.testing.assert_allclose(found.joints, lift(machine, points, NAME, flip=False), atol=1e-5)
    np.testing.assert_allclose(found.before, found.after, rtol=1e-5)


def test_lift_corrects_both_the_image_and_its_mirror_image(machine, points):
    correction = Correction("code", steps=3, lr=1e-2)
    mirrored = (points * [-1, 1])[:, SET.flip]
    found, other = (lift(machine, p, NAME, correction=correction) for p in (points, mirrored))
    np.testing.assert_allclose((other * [-1, 1, 1])[:, SET.flip], found, atol=1e-5)


def test_a_bone_without_length_has_a_gradient(machine, points):
    still = np.zeros_like(points)
    found = Correction("code").apply(machine, still, NAME)
    assert np.isfinite(found.joints).all() and np.isfinite(found.after).all()


def test_only_a_pose_machine_can_be_corrected(points):
    with pytest.raises(InputError, match="only a 3D pose machine"):
        Correction().apply(LinearLifter(15, 8), points, NAME)


@pytest.mark.parametrize("wrong", [{"of": "everything"}, {"steps": -1}, {"lr": 0}])
def test_settings_that_there_are_not(wrong):
    with pytest.raises(InputError, match="'refiner', 'code' or 'joints'"):
        Correction(**wrong)


def test_confidence_of_another_shape_is_refused(machine, points):
    with pytest.raises(InputError, match="confidence must be"):
        Correction().apply(machine, points, NAME, np.ones(6))


# ------------------------------------------------------------------------------------ checks
@pytest.mark.parametrize("name", ["humaneva15", "h36m17"])
def test_paired_limbs_are_each_others_mirror_image(name):
    skeleton = skeletons.get(name)
    left, right = paired_limbs(name)
    assert len(left) == len(right) >= 4
    for one, other in zip(left, right):
        names = [skeleton.joints[k] for k in (*one, *other)]
        assert any(n.startswith("left_") for n in names[:2])
        assert [skeletons.mirror_name(n) for n in names[:2]] == names[2:]


def test_steadiness_sees_what_jumps():
    even = np.linspace(0, 0.1, 30)[:, None, None] * np.ones((30, 15, 2))
    assert steadiness(even).min() > 0.9
    jumps = even.copy()
    jumps[10, 3] += [0.1, 0]
    found = steadiness(jumps)
    assert found[10, 3] == pytest.approx(np.exp(-0.5), abs=0.05)
    jumps[10, 3] += [2, 0]
    assert steadiness(jumps)[10, 3] < 1e-9 and steadiness(jumps)[10, 4] > 0.9
    assert steadiness(person_units(even[:1], 0)).shape == (1, 15)
