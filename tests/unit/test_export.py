"""A network as one ONNX file: the same answers, the same people, and clear words for bad files."""

import json
import sys

import numpy as np
import pytest
import torch
from torch import nn

from posekit import checkpoints, cli, crowds, export, live, onnx_networks, tasks
from posekit.commands.export import image_size
from posekit.crowds import fit_image
from posekit.errors import InputError
from posekit.live.single_person import SinglePersonDetector
from posekit.models.backbones import SameConv2d
from posekit.models.crowd_nets import CrowdMaps
from posekit.onnx_networks import OnnxNetwork, open_session
from posekit.synthetic import People

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")
from onnx import TensorProto, helper  # noqa: E402


class TwoMaps(nn.Module):
    """A small network for several people, with a layer that pads as TensorFlow does."""

    def __init__(self):
        super().__init__()
        self.first = SameConv2d(3, 8, 3, 4, bias=False)
        self.last = nn.Conv2d(8, 19 + 38 + 1 + 36, 1)

    def forward(self, images):
        maps = self.last(torch.relu(self.first(images)))
        return CrowdMaps(*maps.split([19, 38, 1, 36], 1))

    predict = forward


@pytest.fixture(scope="module")
def small():
    torch.manual_seed(0)
    return TwoMaps().eval()


@pytest.fixture(scope="module")
def small_file(small):
    return export.to_onnx(small, (64, 96))


@pytest.fixture
def small_checkpoint(small, small_file, monkeypatch):
    """As if `small` were a checkpoint, its tracing already done."""
    card = checkpoints.card("crowd") | {"name": "small"}
    monkeypatch.setattr(checkpoints, "load_pretrained", lambda name: (small, card))

    def traced(model, size, name):
        copy = onnx.ModelProto()
        copy.CopyFrom(small_file)
        return copy

    monkeypatch.setattr(export, "to_onnx", traced)


@pytest.fixture(scope="module")
def heatmap(tmp_path_factory):
    """The shipped network for one person, exported by the command at half its size."""
    path = tmp_path_factory.mktemp("exported") / "heatmap.onnx"
    assert cli.main(["export", "heatmap", "--out", str(path), "--size", "64"]) == 0
    return path


# --------------------------------------------------------------------------- the same answers
def test_any_number_of_images_answered_as_pytorch_does(small, small_file):
    network = OnnxNetwork(open_session(small_file.SerializeToString(), threads=1))
    assert network.size == (64, 96)
    for count in (1, 2, 5):
        images = torch.rand(count, 3, 64, 96)
        with torch.no_grad():
            expected = small(images)
        found = network.predict(images)
        assert found._fields == expected._fields
        for one, other in zip(expected, found):
            torch.testing.assert_close(other, one, rtol=1e-4, atol=1e-5)


def test_the_file_is_small_and_says_nothing_of_this_machine(small_file):
    data = small_file.SerializeToString()
    kinds = [node.op_type for node in small_file.graph.node]
    assert "Pad" not in kinds and "Shape" not in kinds, "at one size the padding is a number"
    assert b"/posekit/" not in data and b"stack_trace" not in data
    assert not any(tensor.external_data for tensor in small_file.graph.initializer)


def test_the_command_writes_a_network_with_its_card(heatmap):
    network, card = onnx_networks.load_pretrained(heatmap)
    assert card == onnx_networks.card(heatmap)
    original = checkpoints.card("heatmap")
    for key in ("name", "terms", "sha256", "skeleton", "decode"):
        assert card[key] == original[key]
    assert card["size"] == 64 and network.size == (64, 64)
    assert card["export"]["precision"] == "float32" and card["export"]["outputs"] == ["output"]
    assert card["export"]["difference"]["output"] < export.TOLERANCE["float32"]
    assert sorted(path.name for path in heatmap.parent.iterdir()) == ["heatmap.onnx"]


def test_the_same_person_is_found(heatmap):
    """The same squares, network and decoder: only who computes is another."""
    model, card = checkpoints.load_pretrained("heatmap")
    image = People(9, 1, 160)[0].image
    with SinglePersonDetector((model, card | {"size": 64})) as detector:
        expected = detector.detect(image)
    with live.open_detector(heatmap) as detector:
        found = detector.detect(image)
    assert len(found) == len(expected)
    np.testing.assert_allclose(found.keypoints, expected.keypoints, atol=0.05)
    np.testing.assert_allclose(found.scores, expected.scores, atol=1e-3)


def test_the_live_command_runs_it(heatmap, tmp_path, capsys):
    live.write_image(tmp_path / "a.png", People(9, 1, 160)[0].image)
    paths = ["--source", str(tmp_path / "a.png"), "--out", str(tmp_path / "b.png")]
    assert cli.main(["live", *paths, "--model", str(heatmap)]) == 0
    printed = capsys.readouterr().out
    assert "heatmap of this course" in printed and (tmp_path / "b.png").exists()
    assert cli.main(["live", *paths, "--model", str(heatmap), "--grouping", "pafs"]) == 2
    assert "leave --grouping out" in capsys.readouterr().err


def test_the_eval_command_scores_it(heatmap):
    loaded = onnx_networks.load_pretrained(heatmap)
    model, card = checkpoints.load_pretrained("heatmap")
    options = {"people": 6, "progress": False}
    found = tasks.evaluate(loaded, "synthetic:test", **options)
    expected = tasks.evaluate((model, card | {"size": 64}), "synthetic:test", **options)
    assert found["model"]["mse"] == pytest.approx(expected["model"]["mse"], rel=1e-3)
    assert onnx_networks.load_pretrained("cnn")[1] == checkpoints.card("cnn")


def test_several_people_at_a_size_that_is_no_square(small, small_checkpoint, tmp_path):
    path = tmp_path / "small.onnx"
    card = export.export("crowd", path, (64, 96))
    assert card["export"]["outputs"] == list(CrowdMaps._fields)
    with live.open_detector(path, poses=2, grouping="centres") as detector:
        assert (detector.poses, detector.grouping) == (2, "centres")
        detector.detect(np.zeros((50, 40, 3), np.uint8))
    network, card = onnx_networks.load_pretrained(path)
    image = np.random.default_rng(0).integers(0, 255, (40, 50, 3), np.uint8)
    small.size = (64, 96)
    try:
        expected = crowds.find_people(small, image, card["codec"])
    finally:
        del small.size
    found = crowds.find_people(network, image, card["codec"], side=32)
    assert len(found.keypoints) == len(expected.keypoints)
    np.testing.assert_allclose(found.person_scores, expected.person_scores, atol=1e-4)


@pytest.mark.parametrize(
    "shape, where", [((50, 40), (64, 51)), ((40, 50), (64, 80)), ((20, 60), (32, 96))]
)
def test_an_image_is_fitted_into_one_size(shape, where):
    """All of it, as large as it fits, black at the right and below."""
    image = np.full((*shape, 3), 255, np.uint8)
    fitted = fit_image(image, (64, 96))
    assert fitted.tensor.shape == (1, 3, 64, 96)
    lit = fitted.tensor[0, 0] == 1
    assert (int(lit.any(1).sum()), int(lit.any(0).sum())) == where
    np.testing.assert_allclose(fitted.scale, np.array(where[::-1]) / shape[::-1])
    corner = np.array([where[1], where[0]]) - 0.5
    np.testing.assert_allclose(fitted.to_image(corner), np.array(shape[::-1]) - 0.5, atol=1e-4)


# --------------------------------------------------------------------------------------- int8
def test_int8_is_near_and_small(small, small_file):
    images = torch.rand(4, 3, 64, 96, generator=torch.Generator().manual_seed(1))
    file = export.quantised(small_file, images)
    assert {opset.domain for opset in file.opset_import} == {""}
    weights = [t for t in file.graph.initializer if list(t.dims) == [8, 3, 3, 3]]
    assert [t.data_type for t in weights] == [TensorProto.INT8]
    scales = [t for t in file.graph.initializer if t.name.startswith(weights[0].name[:5])]
    assert [8] in [list(t.dims) for t in scales], "one scale for each output channel"
    network = OnnxNetwork(open_session(file.SerializeToString(), threads=1))
    apart = export.compare(small, network, images, "int8")
    assert set(apart) == set(CrowdMaps._fields) and all(0 < x < 0.1 for x in apart.values())
    with pytest.raises(InputError, match=r"0\.0001 is the most for float32\. Nothing was written"):
        export.compare(small, network, images, "float32")


def test_the_command_writes_int8(small_checkpoint, tmp_path, monkeypatch, capsys):
    seen = []

    def inputs(card, size, count, split):
        seen.append((size, count, split))
        return torch.rand(count, 3, *size)

    monkeypatch.setattr(export, "rendered_inputs", inputs)
    monkeypatch.setattr(export, "CALIBRATION", 4)
    out = tmp_path / "small.onnx"
    assert cli.main(["export", "crowd", "--out", str(out), "--size", "64x96", "--int8"]) == 0
    printed = capsys.readouterr().out
    assert "int8, images of 64 x 96" in printed and "heatmaps" in printed
    assert seen == [((64, 96), 4, "val"), ((64, 96), 8, "test")], "no image calibrates and compares"
    assert onnx_networks.card(out)["export"]["precision"] == "int8"


def test_images_of_one_colour_calibrate_nothing(small_file):
    with pytest.raises(InputError, match="all of one colour"):
        export.quantised(small_file, torch.full((3, 3, 64, 96), 0.4))


@pytest.mark.parametrize("name, size", [("crowd", (64, 96)), ("heatmap", (64, 64))])
def test_rendered_inputs_are_people_as_the_network_sees_them(name, size):
    card = checkpoints.card(name)
    images = export.rendered_inputs(card, size, 3, "val")
    assert images.shape == (3, 3, *size) and images.dtype == torch.float32
    assert images.min() >= 0 and 0.5 < images.max() <= 1 and images.std() > 0.05
    assert not torch.equal(images, export.rendered_inputs(card, size, 3, "test"))


# -------------------------------------------------------------------------------- difference
def test_difference():
    one = torch.tensor([[3.0, 4.0]])
    assert export.difference(one, one) == 0
    assert export.difference(one, one * 1.01) == pytest.approx(0.01, rel=1e-4)
    assert export.difference(one, -one) == pytest.approx(2)
    assert export.difference(one, one[0]) == float("inf")
    assert export.difference(torch.zeros(3), torch.zeros(3)) == 0


def test_a_file_that_answers_otherwise_is_not_written(small_checkpoint, small, tmp_path):
    """As if the exporter had made a mistake: the network is another when it is compared."""
    with torch.no_grad():
        small.last.bias += 0.01
    try:
        with pytest.raises(InputError, match="does not answer as PyTorch does"):
            export.export("crowd", tmp_path / "a.onnx", (64, 96))
    finally:
        with torch.no_grad():
            small.last.bias -= 0.01
    assert list(tmp_path.iterdir()) == []


def test_not_a_number_is_no_answer():
    class Nothing(nn.Module):
        def forward(self, images):
            return images * float("nan")

    with pytest.raises(InputError, match="does not answer as PyTorch does"):
        export.compare(nn.Identity(), Nothing(), torch.rand(2, 3, 4, 4))


# --------------------------------------------------------------------------------- bad input
@pytest.mark.parametrize(
    "name, size, message",
    [
        ("crowd", (100, 96), "multiples of 32, its coarsest stride, and are 100 x 96"),
        ("crowd", (64, 0), "multiples of 32"),
        ("heatmap", (48, 48), "multiples of 32"),
        ("heatmap", (64, 96), "looks at squares: --size must be one number, and is 64x96"),
        ("nobody", None, "no checkpoint 'nobody'"),
    ],
)
def test_sizes_and_names_that_cannot_be(name, size, message, tmp_path):
    with pytest.raises(InputError, match=message):
        export.export(name, tmp_path / "a.onnx", size)
    assert list(tmp_path.iterdir()) == []


def test_the_size_of_the_command():
    assert image_size("256") == (256, 256) and image_size("288x384") == (288, 384)
    for text in ("0", "-3", "1.5", "1x2x3", "", "x", "64x"):
        with pytest.raises(Exception, match="a size is 256 or 288x384"):
            image_size(text)


def test_the_file_must_be_named_onnx(tmp_path):
    with pytest.raises(InputError, match=r"must end in \.onnx"):
        export.export("heatmap", tmp_path / "a.pt")


def test_a_layer_that_cannot_be_exported():
    class Bessel(nn.Module):
        def forward(self, images):
            return torch.special.bessel_j0(images)

    with pytest.raises(InputError, match=r"my_net has a layer that cannot be exported at 8 x 8 \("):
        export.to_onnx(Bessel(), (8, 8), "my_net")


@pytest.mark.parametrize("package", ["onnx", "onnxscript", "onnxruntime"])
def test_without_the_packages_it_says_what_to_install(package, heatmap, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    message = f"{package} is not installed.*pip install"
    with pytest.raises(InputError, match=message):
        export.export("heatmap", tmp_path / "a.onnx")
    if package == "onnxruntime":
        with pytest.raises(InputError, match=message):
            live.open_detector(heatmap)
    else:
        assert onnx_networks.card(heatmap)["name"] == "heatmap", "to run it needs the runtime alone"


def other_file(
    opset=18, name="images", side=8, output="output", card=None, entry="posekit"
) -> bytes:
    """A file of another program: one layer that does nothing."""
    shape = ["batch", 3, side, side]
    graph = helper.make_graph(
        [helper.make_node("Identity", [name], [output])],
        "graph",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = 9
    if card is not None:
        model.metadata_props.add(key=entry, value=card)
    return model.SerializeToString()


def good_card(**changes) -> str:
    about = {"size": [8, 8], "outputs": ["output"], "precision": "float32"}
    return json.dumps(checkpoints.card("heatmap") | {"export": about} | changes)


def test_a_file_of_our_form_is_taken(tmp_path):
    path = tmp_path / "a.onnx"
    path.write_bytes(other_file(card=good_card()))
    network, card = onnx_networks.load_pretrained(path)
    images = torch.rand(2, 3, 8, 8)
    assert torch.equal(network(images), images) and card["name"] == "heatmap"
    for wrong in (torch.rand(2, 3, 8, 16), torch.rand(3, 8, 8), torch.rand(2, 1, 8, 8)):
        with pytest.raises(InputError, match=r"takes images \(B, 3, 8, 8\)"):
            network(wrong)


@pytest.mark.parametrize(
    "data, message",
    [
        (other_file(99, card=good_card()), r"of an ONNX version \(opset\) that ONNX Runtime"),
        (other_file(), "holds no card of posekit"),
        (other_file(card="{"), "holds no card of posekit"),
        (other_file(card=good_card(), entry="other"), "holds no card of posekit"),
        (other_file(card='{"name": "a"}'), "does not say task, recipe"),
        (other_file(name="x", card=good_card()), "does not fit the card in it"),
        (other_file(side=16, card=good_card()), "does not fit the card in it"),
        (other_file(output="maps", card=good_card()), "does not fit the card in it"),
        (b"", "is empty"),
        (b"not a network at all", "is no ONNX file, or is damaged or cut short"),
    ],
)
def test_files_that_cannot_be_run(data, message, tmp_path):
    path = tmp_path / "a.onnx"
    path.write_bytes(data)
    with pytest.raises(InputError, match=message) as caught:
        onnx_networks.load_pretrained(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("share", [0.001, 0.3, 0.9, 0.999])
def test_a_file_cut_short(heatmap, share, tmp_path):
    data = heatmap.read_bytes()
    path = tmp_path / "half.onnx"
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(InputError, match=r"damaged or cut short|holds no card"):
        live.open_detector(path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match=r"gone\.onnx is not there"):
        live.open_detector(tmp_path / "gone.onnx")
