"""Checkpoints and their cards: what does not fit together is refused in a sentence."""

import json

import pytest
import torch

from posekit import checkpoints
from posekit.errors import InputError

ABOUT = {
    "name": "tiny",
    "task": "single_person",
    "recipe": "cnn",
    "network": {"name": "regression.cnn", "arguments": {"joints": 14}},
    "command": "posekit train tiny",
    "data": "none",
    "seed": 0,
    "hardware": "a lap",
    "minutes": 0,
    "metrics": {},
    "terms": "MIT",
}


def net(outputs=3):
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(4, outputs), torch.nn.BatchNorm1d(outputs))


@pytest.fixture
def saved(tmp_path):
    return checkpoints.save(net(), tmp_path / "tiny.safetensors", ABOUT)


def test_there_and_back_in_half_the_bytes(saved):
    other = net()
    torch.nn.init.zeros_(other[0].weight)
    card = checkpoints.load(other, saved)
    assert torch.allclose(other[0].weight, net()[0].weight, atol=1e-3)
    assert other[0].weight.dtype == torch.float32
    assert card["sha256"] == checkpoints.hash_of(saved) and card["terms"] == "MIT"


def test_saving_leaves_the_model_as_it_is(tmp_path):
    model = net()
    checkpoints.save(model, tmp_path / "a.safetensors", ABOUT)
    assert model[0].weight.dtype == torch.float32 and torch.equal(model[0].weight, net()[0].weight)


def test_truncated_and_changed_weights_are_refused(saved):
    whole = saved.read_bytes()
    for data in (whole[:-8], whole[:-1] + bytes([whole[-1] ^ 1])):
        saved.write_bytes(data)
        with pytest.raises(InputError, match="changed or cut short"):
            checkpoints.load(net(), saved)


def test_the_weights_of_another_model_or_version(saved):
    with pytest.raises(InputError, match="another model or version"):
        checkpoints.load(net(outputs=5), saved)


def test_a_card_that_is_missing_broken_or_silent(saved):
    path = saved.with_suffix(".json")
    for text, says in (
        ("{", "no card"),
        ("[1]", "does not say name"),
        (json.dumps(ABOUT), "does not say sha256"),
    ):
        path.write_text(text)
        with pytest.raises(InputError, match=says):
            checkpoints.load(net(), saved)
    path.unlink()
    with pytest.raises(InputError, match="is missing"):
        checkpoints.load(net(), saved)
    with pytest.raises(InputError, match="does not say terms"):
        checkpoints.save(net(), saved, {key: ABOUT[key] for key in ABOUT if key != "terms"})


def test_what_fp16_cannot_hold(tmp_path):
    model = net()
    model[0].weight.data[0, 0] = 1e6
    with pytest.raises(InputError, match=r"0\.weight.*too large for fp16"):
        checkpoints.save(model, tmp_path / "a.safetensors", ABOUT)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_good_checkpoint(saved, monkeypatch):
    before = saved.read_bytes()

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(InputError, match="No space left"):
        checkpoints.save(net(), saved, ABOUT)
    assert saved.read_bytes() == before
    monkeypatch.undo()
    checkpoints.load(net(), saved)


def test_a_name_that_there_is_not(tmp_path):
    with pytest.raises(InputError, match="no checkpoint 'resnet152'; there are"):
        checkpoints.find("resnet152")
    with pytest.raises(InputError, match="does not exist"):
        checkpoints.find(tmp_path / "gone.safetensors")


def test_a_card_without_its_weights(saved, monkeypatch):
    monkeypatch.setattr(checkpoints, "FOLDER", saved.parent)
    assert checkpoints.names() == ("tiny",)
    saved.unlink()
    with pytest.raises(InputError, match="its card is there"):
        checkpoints.load(net(), "tiny")


# What comes with posekit -----------------------------------------------------------------------
def test_the_shipped_ones_are_small_whole_and_free_of_photographs():
    for name in checkpoints.names():
        path, card = checkpoints.find(name), checkpoints.card(name)
        assert checkpoints.hash_of(path) == card["sha256"], name
        assert path.stat().st_size <= 6e6, "a course is cloned by who has a slow network"
        assert card["command"].startswith("posekit train ")
        photographs = not card["data"].startswith("synthetic")
        assert ("research use" in card["terms"]) == photographs
    files = {path.stem for path in checkpoints.FOLDER.glob("*.safetensors")}
    assert files == set(checkpoints.names())
    assert sum(path.stat().st_size for path in checkpoints.FOLDER.glob("*.safetensors")) < 45e6
