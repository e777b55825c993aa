"""A pose machine live: when its state is kept, moved with the square, and forgotten."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from posekit import checkpoints, cli, live
from posekit.errors import InputError
from posekit.live import sequences, write_image
from posekit.live.sequences import SequenceDetector, fits, moved, open_detector, square_around
from posekit.models.pose_machines import Memory, PoseMachine, State
from posekit.search import Pose

CARD = {"name": "toy", "task": "sequences", "size": 64, "frames": 4, "skeleton": "lsp14"}
CARD |= {"decode": {"name": "heatmaps.decode_heatmaps", "arguments": {}}, "terms": "MIT"}
CARD |= {"scores": {"name": "heatmaps.peak_scores", "arguments": {}}, "recipe": "pose_machine"}
CARD |= {"command": "-", "data": "-", "seed": 0, "hardware": "-", "minutes": 0}
CARD |= {"metrics": {"controls": {"kept": {}, "reset": {}}}}
SIZES = {"hidden": 4, "widths": (4, 4, 4, 8, 8)}


class Discs(torch.nn.Module):
    """Odd joints are in the red disc, even ones in the blue; its memory counts the frames."""

    stacked = 1

    def __init__(self):
        super().__init__()
        self.device = torch.nn.Parameter(torch.zeros(1))
        self.remembered, self.before = [], None

    def step(self, images, state=None):
        maps = 40 * torch.nn.functional.avg_pool2d(images, 4)[:, [2, 0] * 7]
        count = torch.zeros_like(maps) if state is None else state.memory.cell + 1
        self.before = state
        self.remembered.append(round(float(count.mean())))
        return State(Memory(count, count), maps)


def scene(x, y=50, height=160, width=240) -> np.ndarray:
    """A red disc, and a blue one 60 pixels below it; None: nobody."""
    rows, columns = np.mgrid[:height, :width]
    image = np.zeros((height, width, 3), np.uint8)
    for channel, down in ((0, 0), (2, 60)) if x is not None else ():
        image[np.hypot(columns - x, rows - y - down) <= 6, channel] = 255
    return image


def detector(video=True, machine=None, card=CARD, **options) -> SequenceDetector:
    found = SequenceDetector((machine or Discs(), card), video, **options)
    found.confidence = 0.05  # two places for 14 joints, and flat peaks
    return found


def remembered(net, images, times=None) -> list[int]:
    """How many frames the network remembered in its last look at each of the images."""
    found = []
    for n, image in enumerate(images):
        net.detect(image, times and times[n])
        found.append(net.frames.machine.remembered[-1])
    return found


# ------------------------------------------------------------------------------- the state
def test_the_state_goes_on_from_frame_to_frame():
    net = detector()
    assert remembered(net, [scene(x) for x in (100, 101, 103, 104)]) == [0, 1, 2, 3]
    found = net.detect(scene(106))
    red, blue = found.keypoints[0, 1], found.keypoints[0, 0]
    np.testing.assert_allclose([red, blue], [(106, 50), (106, 110)], atol=2)


def test_a_followed_frame_is_looked_at_once():
    net = detector()
    net.detect(scene(100))
    before = len(net.frames.machine.remembered)
    net.detect(scene(101))
    assert len(net.frames.machine.remembered) == before + 1


@pytest.mark.parametrize("options", [{"memory": False}, {"video": False}])
def test_without_memory_and_in_images_every_frame_is_the_first(options):
    assert remembered(detector(**options), [scene(100)] * 4) == [0] * 4


def test_no_memory_is_the_path_of_the_first_frame():
    """The same squares, each seen without a state: by the network's own ``step``."""
    torch.manual_seed(0)
    machine = PoseMachine(14, **SIZES).eval()
    kept, reset = (detector(machine=machine, memory=memory) for memory in (True, False))
    kept.confidence = reset.confidence = 0.0
    for n, x in enumerate((100, 101, 102)):
        answers = [net.detect(scene(x)).keypoints for net in (kept, reset)]
        alone = reset.network.look(scene(x), [reset._square]).keypoints
        np.testing.assert_array_equal(answers[1], alone)
        assert (answers[0] == answers[1]).all() == (n == 0)


def test_another_video_begins_anew():
    """With a detector of its own, or, where one is used again, since time goes back."""
    images = [scene(100)] * 3
    assert remembered(detector(), images) == remembered(detector(), images) == [0, 1, 2]
    net = detector()
    assert remembered(net, images, [0.0, 33.0, 66.0]) == [0, 1, 2]
    assert remembered(net, images, [0.0, 33.0, 66.0]) == [0, 1, 2]


def test_who_is_lost_is_forgotten():
    net = detector()
    images = [scene(100), scene(100), scene(None), scene(None), scene(100), scene(100)]
    found = []
    for image in images:
        found.append(len(net.detect(image)))
        if not found[-1]:
            assert net.frames.before is None
    assert found == [1, 1, 0, 0, 1, 1]
    assert remembered(net, [scene(100)]) == [2], "since they came back"


def test_somebody_else_has_a_state_of_their_own():
    assert remembered(detector(), [scene(60)] * 3 + [scene(200)] * 2) == [0, 1, 2, 0, 1]


def test_frames_of_another_size_begin_anew():
    images = [scene(100)] * 2 + [scene(100, 50, 170, 250)] * 2
    assert remembered(detector(), images) == [0, 1, 0, 1]


def test_a_network_that_never_learnt_to_remember_does_not():
    card = CARD | {"metrics": {"controls": {"reset": {}}}}
    assert remembered(detector(card=card), [scene(100)] * 3) == [0] * 3
    torch.manual_seed(0)
    stacked = detector(machine=PoseMachine(14, stacked=3, **SIZES).eval())
    stacked.confidence = 0.0
    for _ in range(2):
        stacked.detect(scene(100))
        assert stacked.frames.before is None


# ------------------------------------------------------------------------------- the square
def test_the_square_is_held_while_the_person_stays_in_it():
    net = detector()
    net.detect(scene(100))
    held = net._square
    for x in range(101, 108):
        net.detect(scene(x))
        assert net._square is held


def test_a_square_that_moves_takes_its_state_along():
    net, squares = detector(), set()
    counts = remembered(net, [scene(100)])
    for x in range(104, 180, 4):
        counts += remembered(net, [scene(x)])
        squares.add(tuple(net._square))
        assert net._square[0] + 3 < x < net._square[2] - 3
    assert counts == list(range(len(counts))) and len(squares) > 1


@given(st.floats(-200, 200), st.floats(-200, 200), st.floats(20, 300))
def test_the_square_around_a_pose_is_one_with_room(x, y, size):
    rng = np.random.default_rng(round(size))
    points = np.float32(rng.uniform(0, size, (14, 2)) + (x, y))
    square = square_around(Pose(points, np.ones(14), 1.0))
    sides = np.ptp(square.reshape(2, 2), axis=0)
    assert sides[0] == pytest.approx(sides[1], rel=1e-5)
    assert sides[0] == pytest.approx(1.5 * max(1, np.ptp(points, axis=0).max()), rel=1e-4)
    assert fits(square, square, Pose(points, np.ones(14), 1.0))


@pytest.mark.parametrize("shift, zoom, kept", [(0, 1, True), (9, 1, True), (60, 1, False)])
def test_when_the_square_is_laid_anew(shift, zoom, kept):
    corners = np.float32([(0, 0), (100, 100)] * 7)
    held = square_around(Pose(corners, np.ones(14), 1.0))
    pose = Pose(corners + np.float32(shift), np.ones(14), 1.0)
    assert fits(square_around(pose), held, pose) is kept


@pytest.mark.parametrize("zoom, kept", [(0.5, False), (0.7, True), (1.2, True), (1.4, False)])
def test_who_comes_or_goes_gets_another_square(zoom, kept):
    corners = np.float32([(-50, -50), (50, 50)] * 7)
    held = square_around(Pose(corners, np.ones(14), 1.0))
    pose = Pose(np.float32(zoom) * corners, np.ones(14), 1.0)
    assert fits(square_around(pose), held, pose) is kept


# ------------------------------------------------------------------------- the moved state
def state(seed=0) -> State:
    torch.manual_seed(seed)
    return State(
        Memory(torch.randn(1, 3, 16, 16), torch.randn(1, 3, 16, 16)), torch.randn(1, 5, 16, 16)
    )


@given(st.integers(-5, 5), st.integers(-5, 5), st.floats(16, 400), st.floats(-100, 100))
def test_by_whole_cells_the_numbers_go_to_other_cells(right, down, side, corner):
    before, cell = state(), side / 16
    old = np.array([corner, -corner, corner + side, side - corner])
    after = moved(before, old, old + cell * np.array([right, down] * 2))
    rows, columns = np.clip(np.arange(16) + down, 0, 15), np.clip(np.arange(16) + right, 0, 15)
    for one, other in zip((*before.memory, before.maps), (*after.memory, after.maps)):
        torch.testing.assert_close(other, one[..., rows, :][..., columns], atol=1e-3, rtol=0)


def test_in_a_square_of_twice_the_side_everything_is_half_as_large():
    maps = torch.linspace(-1, 1, 16).expand(1, 2, 16, 16)  # a ramp from left to right
    before = State(Memory(maps, maps), maps)
    after = moved(before, np.array([0, 0, 64, 64]), np.array([-32, -32, 96, 96])).maps
    np.testing.assert_allclose(after[0, 0, 8, 4:12], 2 * torch.linspace(-1, 1, 16)[4:12], atol=0.1)
    assert (after[..., :3] == -1).all() and (after[..., 13:] == 1).all()


def bump(maps, square) -> np.ndarray:
    """Where in the image the second joint's map is highest."""
    cell = np.array(divmod(int(maps[0, 1].argmax()), 16))[::-1]
    return square[:2] + (cell + 0.5) * (square[2] - square[0]) / 16


def test_a_bump_stays_at_its_place_in_the_image():
    net = detector()
    net.detect(scene(100))
    old, new = net._square, net._square + np.array([-12, 5, 9, 26])
    after = moved(net.frames.before, old, new)
    np.testing.assert_allclose(bump(net.frames.before.maps, old), (100, 50), atol=8)
    np.testing.assert_allclose(bump(after.maps, new), (100, 50), atol=8)


def test_the_network_gets_the_state_of_the_square_that_it_looks_through():
    net, moves = detector(), 0
    net.detect(scene(100))
    for x in range(103, 180, 3):
        square = net._square
        net.detect(scene(x))
        moves += net._square is not square
        place = bump(net.frames.machine.before.maps, net._square)
        np.testing.assert_allclose(place, (x - 3, 50), atol=8)
    assert moves


# ------------------------------------------------------------------------------ by command
@pytest.fixture
def opened() -> list[SequenceDetector]:
    """The detectors that were opened."""
    return []


@pytest.fixture
def untrained(tmp_path, monkeypatch, opened):
    """A small network's checkpoint; whatever it finds is somebody."""
    torch.manual_seed(0)
    network = {"name": "pose_machines.PoseMachine", "arguments": {"joints": 14, **SIZES}}
    init = SequenceDetector.__init__

    def without_confidence(self, *rest, **options):
        init(self, *rest, **options)
        self.confidence = 0.0
        opened.append(self)

    monkeypatch.setattr(SequenceDetector, "__init__", without_confidence)
    card = CARD | {"network": network}
    return checkpoints.save(PoseMachine(14, **SIZES), tmp_path / "toy.safetensors", card)


def test_a_checkpoint_is_shown_live(untrained, opened, tmp_path, capsys):
    """A folder of images of two sizes, and a video with its memory and without."""
    command = ["live", "--model", str(untrained), "--source"]
    for n, width in enumerate((240, 180)):
        write_image(tmp_path / "images" / f"{n}.png", scene(90, width=width))
    assert cli.main([*command, str(tmp_path / "images"), "--out", str(tmp_path / "drawn")]) == 0
    assert "Network: toy of this course" in capsys.readouterr().out
    assert len(list((tmp_path / "drawn").glob("*.png"))) == 2
    with live.Writer(tmp_path / "in.mp4", 10) as writer:
        for t in range(5):
            writer.write(scene(60 + 2 * t))
    command += [str(tmp_path / "in.mp4"), "--out", str(tmp_path / "out.mp4")]
    for options, memory in (([], True), (["--no-memory"], False)):
        assert cli.main([*command, *options]) == 0
        assert "people found: 1 in 5" in capsys.readouterr().out
        assert (opened[-1].frames.before is not None) is memory
    assert len(opened) == 3, "every source has a detector of its own"


def test_the_file_is_found_by_the_cards_task(untrained):
    assert live.pipeline.detector_file(untrained) is sequences


def test_what_it_cannot_do_is_refused():
    with pytest.raises(InputError, match="leave --poses out"):
        open_detector("pose_machine", True, poses=2)
    with pytest.raises(InputError, match="must be"):
        detector().detect(np.zeros((8, 8), np.uint8))
