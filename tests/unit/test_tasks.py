"""Named trainings: from the command line to a checkpoint that can be scored; they learn."""

import json
import math
import os
import subprocess
import sys
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from posekit import checkpoints, cli, evaluation, losses, tasks, training
from posekit.codecs import soft_argmax
from posekit.data.batches import Augment, Batch, CropDataset, loader
from posekit.data.crops import cache_crops
from posekit.errors import InputError
from posekit.locks import locked
from posekit.models import regression
from posekit.synthetic import People
from posekit.tasks import single_person
from posekit.tasks import soft_argmax as soft_argmax_task

TINY = single_person.SinglePerson(
    "tiny",
    "for tests",
    partial(regression.cnn, width=8, dropout=0),
    single_person.coordinate_loss,
    plans={"smoke": tasks.Plan(40, 12, 2)},
    size=32,
    batch_size=8,
    augment=Augment(0, 0, 0, 0.5, 0),
    settings={"grad_clip": 1000.0, "lr": 3e-3, "precision": "no"},
)


def add(patch, *recipes):
    """Put recipes beside those of `single_person`."""
    patch.setattr(single_person, "RECIPES", (*single_person.RECIPES, *recipes))


@pytest.fixture
def tiny(monkeypatch):
    add(monkeypatch, TINY)
    return TINY


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The tiny training, run from the command line: its folder."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        add(patch, TINY)
        assert cli.main(["train", "tiny", "--profile", "smoke", "--folder", str(folder)]) == 0
    return folder


def test_it_learns():
    """Upright people before a wall: well below the mean pose's squared error in seconds."""
    easy = [
        cache_crops(People(seed, count, 64, difficulty="easy"), 32, progress=False)
        for seed, count in ((0, 200), (1, 60))
    ]
    mean = evaluation.mean_pose(easy[0])
    model = tasks.build(TINY, easy[0])
    history = tasks.fit_recipe(TINY, model, *easy, epochs=30, progress=False)
    found = evaluation.report(model, easy[1], mean)
    assert history.column("loss")[-1] < 0.4 * history.column("loss")[0]
    assert found["model"]["mse"] < 0.85 * found["mean_pose"]["mse"]
    assert found["model"]["mse"] < 0.2 * found["constant"]["mse"]
    assert found["model"]["pck"] > found["mean_pose"]["pck"] + 5


def test_the_card_says_how_it_came_about(trained):
    card = checkpoints.card(trained / "tiny.safetensors")
    assert card["command"] == "posekit train tiny --profile smoke --dataset synthetic --seed 0"
    assert card["terms"] == tasks.SYNTHETIC_TERMS and "40 people" in card["data"]
    assert card["metrics"]["people"] == 12 and card["epochs"] == 2
    assert np.shape(card["mean_pose"]) == (14, 2)


def test_what_was_learnt_from_photographs_is_for_research_only(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(single_person, "load_people", lambda recipe, *rest: People(0, 12, 64))
    path = tasks.train("tiny", "smoke", "lspet", folder=tmp_path, progress=False)
    card = checkpoints.card(path)
    assert "research use only" in card["terms"] and card["val_data"].startswith("lsp,")


def test_eval_scores_what_was_trained(tiny, trained, tmp_path, capsys):
    out = tmp_path / "scores.json"
    path = str(trained / "tiny.safetensors")
    assert cli.main(["eval", path, "--data", "synthetic:val", "--json", str(out)]) == 0
    found = json.loads(out.read_text())
    assert found["checkpoint"] == "tiny" and found["people"] > 100
    assert set(found) >= {"model", "constant", "mean_pose", "sha256", "data"}
    assert "mean pose" in capsys.readouterr().out


def test_a_stopped_training_goes_on(tiny, trained, tmp_path):
    """One epoch of two, then the rest: the same weights to the last bit."""

    class Stopped(Exception):
        pass

    def stop(history):
        raise Stopped

    with pytest.MonkeyPatch.context() as patch:
        stopped = replace(TINY, settings=TINY.settings | {"on_epoch": stop})
        patch.setattr(single_person, "RECIPES", (stopped,))
        with pytest.raises(Stopped):
            tasks.train("tiny", "smoke", folder=tmp_path, progress=False)
    path = tasks.train("tiny", "smoke", folder=tmp_path, progress=False, resume=True)
    assert checkpoints.hash_of(path) == checkpoints.hash_of(trained / "tiny.safetensors")


@pytest.mark.parametrize("other", [{"seed": 1}, {"epochs": 3}])
def test_a_resume_file_of_another_training_is_refused(tiny, trained, tmp_path, monkeypatch, other):
    (tmp_path / training.LAST).write_bytes((trained / training.LAST).read_bytes())
    with pytest.raises(InputError, match=f"{next(iter(other))} was"):
        tasks.train("tiny", "smoke", folder=tmp_path, resume=True, progress=False, **other)
    add(monkeypatch, replace(TINY, name="twin"))
    with pytest.raises(InputError, match="recipe was 'tiny' and is 'twin'"):
        tasks.train("twin", "smoke", folder=tmp_path, resume=True, progress=False)


@pytest.mark.parametrize(
    "network, says",
    [
        ({"name": "regression.cnn", "arguments": {"joints": 14}}, "another model or version"),
        ({"name": "regression.gone", "arguments": {}}, "has no regression.gone"),
        ({"name": "gone.cnn", "arguments": {}}, "has no gone.cnn"),
        ({"name": "os.path.join", "arguments": {}}, "must be FILE.NAME"),
        ({"name": "..files.atomic_write", "arguments": {}}, "must be FILE.NAME"),
        ({"name": "regression.cnn", "arguments": {"depth": 3}}, "cannot be built"),
    ],
)
def test_a_card_that_names_another_network(trained, tmp_path, network, says):
    for file in ("tiny.safetensors", "tiny.json"):
        (tmp_path / file).write_bytes((trained / file).read_bytes())
    card = json.loads((tmp_path / "tiny.json").read_text())
    (tmp_path / "tiny.json").write_text(json.dumps(card | {"network": network}))
    with pytest.raises(InputError, match=says):
        checkpoints.load_pretrained(tmp_path / "tiny.safetensors")


@pytest.mark.parametrize(
    "command, says",
    [
        ("train cnm", "no recipe 'cnm'; there are: cnn"),
        ("train cnn --profile fast", "no profile 'fast'"),
        ("train cnn --dataset coko", "no data set 'coko'"),
        ("train cnn --epochs 0", "epochs must be at least 1"),
        ("train cnn --seed -1", "seed must be at least 0"),
        ("eval cnm --data lsp:test", "no checkpoint 'cnm'"),
        ("eval gone.safetensors --data lsp:test", "gone.safetensors does not exist"),
    ],
)
def test_what_the_user_can_mend_is_one_sentence(capsys, tmp_path, command, says):
    assert cli.main(command.split()) == 2
    printed = capsys.readouterr().err
    assert says in printed and printed.count("\n") == 1


# Batches that cannot be learnt from ------------------------------------------------------------
def batch_of(keypoints, visible):
    count = len(keypoints)
    return Batch(
        torch.rand(count, 3, 32, 32),
        keypoints,
        visible,
        None,
        torch.arange(count),
        torch.zeros(count, 2, 3),
    )


def fit(batch, **options):
    net = TINY.model(14)
    options = {"epochs": 1, "precision": "no", "progress": False} | options
    return net, training.fit(net, lambda epoch: [batch], single_person.coordinate_loss, **options)


def test_all_joints_invisible_teaches_nothing_and_breaks_nothing():
    net, history = fit(batch_of(torch.full((4, 14, 2), math.nan), torch.zeros(4, 14)))
    assert history.column("loss") == [0.0]
    assert all(p.isfinite().all() for p in net.parameters())


def test_a_labelled_joint_of_nan_stops_the_training():
    keypoints = torch.rand(4, 14, 2)
    for bad in (math.nan, math.inf):
        keypoints[1, 3, 0] = bad
        with pytest.raises(InputError, match="loss is not finite in epoch 1, step 1"):
            fit(batch_of(keypoints, torch.ones(4, 14)))


def test_an_empty_batch_and_an_empty_data_set():
    net = TINY.model(14).eval()
    empty = batch_of(torch.zeros(0, 14, 2), torch.zeros(0, 14))
    loss, count = single_person.coordinate_loss(net, empty)
    assert loss == 0 and count == 0
    nobody = cache_crops([], 32, progress=False)
    with pytest.raises(InputError, match="no batch"):
        tasks.fit_recipe(TINY, net, nobody, nobody, epochs=1)


def test_another_penalty():
    net = TINY.model(14).eval()
    batch = batch_of(torch.rand(4, 14, 2) * 32, torch.ones(4, 14))
    l1, _ = single_person.coordinate_loss(net, batch, losses.l1)
    expected = losses.l1(net(batch.images), batch.keypoints, batch.visible)
    assert torch.equal(l1, expected)


def test_every_recipe_can_be_built_and_says_what_it_is():
    for name, recipe in tasks.recipes().items():
        assert recipe.name == name and recipe.about
        assert set(recipe.plans) == {"smoke", "quick", "full"}
        if not isinstance(recipe, single_person.SinglePerson):
            continue  # of another kind: its own test knows what it has
        card = checkpoints.describe(partial(recipe.model, joints=3))
        assert checkpoints.resolve("models", card).keywords == card["arguments"]
        for function in (recipe.decode, recipe.scores):
            named = checkpoints.describe(function)
            assert named is None or checkpoints.resolve("codecs", named).func is function


def test_the_shipped_ones_still_fit_their_recipes():
    for name in checkpoints.names():
        model, card = checkpoints.load_pretrained(name)
        assert not model.training
        assert card["parameters"] == sum(p.numel() for p in model.parameters())
        found = card["metrics"]
        if card["task"] == "lifting":  # millimetres
            assert found["p1"] < found["mean_pose"] / 2
        elif "mean_pose" in found:
            assert found["model"]["pck"] > found["mean_pose"]["pck"] + 10
        elif card["task"] == "crowds":  # a baseline that looks at nothing finds nobody
            assert found["figures"]["AP50"] > 0.15


@pytest.mark.parametrize("name", ["heatmap", "soft_argmax", "volumetric"])
def test_a_network_of_maps_learns_one_batch_by_heart(name):
    """Its loss goes down and its joints come out where they are, in space where it has depths."""
    recipe = tasks.get(name)
    people = People(seed=2, count=6, size=128, difficulty="easy", skeleton=recipe.skeleton)
    crops = cache_crops(people, recipe.size, depth=recipe.depth, progress=False)
    model = recipe.model(crops.keypoints.shape[1], widths=(8, 16, 24, 32, 32))
    recipe = replace(recipe, augment=Augment(0, 0, 0, 0, 0), batch_size=6)
    history = tasks.fit_recipe(
        recipe, model, crops, crops, epochs=60, lr=5e-3, precision="no", progress=False
    )
    found = evaluation.report(model, crops, evaluation.mean_pose(crops), recipe.decode)
    assert history.column("loss")[-1] < 0.8 * history.column("loss")[0]
    assert found["model"]["pck"] > 85 > found["mean_pose"]["pck"]
    if recipe.depth:
        assert found["model"]["mpjpe_mm"] < 0.7 * found["mean_pose"]["mpjpe_mm"]


def test_what_lies_outside_the_crop_is_not_pointed_at():
    batch = Batch(
        torch.zeros(1, 3, 8, 8),
        torch.tensor([[[0.0, 7], [7.6, 1], [3, -2]]]),
        torch.full((1, 3), 2),
        None,
        torch.zeros(1),
        torch.zeros(1, 2, 3),
    )
    assert soft_argmax_task.visible_inside(batch).tolist() == [[2, 0, 0]]


def test_a_volume_is_read_in_pixels_and_metres():
    """Two cells about the middle of z, and one column and row: pixels by the stride, 0 metres."""
    volume = torch.full((1, 1, 16, 32, 32), -40.0)
    volume[0, 0, 7:9, 10, 20] = 40
    assert soft_argmax.decode_volumes(volume)[0, 0].tolist() == pytest.approx([81.5, 41.5, 0])
    volume = torch.full((1, 1, 16, 32, 32), -40.0)
    volume[0, 0, 15] = 40  # the farthest layer, half a cell before its edge
    assert soft_argmax.decode_volumes(volume)[0, 0, 2].item() == pytest.approx(1 - 1 / 16)


def test_a_training_may_begin_with_another_ones_weights(tiny, trained):
    model = TINY.model(16)
    before = model.head.weight.clone()
    tasks.start_from(model, trained / "tiny.safetensors")
    other, _ = checkpoints.load_pretrained(trained / "tiny.safetensors")
    assert torch.equal(model.backbone[0][0].weight, other.backbone[0][0].weight)
    assert torch.equal(model.head.weight, before), "16 joints are not 14: the last layer is new"


@pytest.mark.parametrize(
    "dataset, parts",
    [
        ("lsp", [("lsp", "train")]),
        ("lsp+lspet", [("lsp", "train"), ("lspet", "train"), ("lspet", "val")]),
        ("lspet+lsp", [("lspet", "train"), ("lsp", "train")]),  # lsp's val is the judge
    ],
)
def test_who_judges_and_who_is_tested_is_never_learnt_from(monkeypatch, dataset, parts):
    asked = []
    monkeypatch.setattr(
        tasks.catalog, "load", lambda *args, **options: asked.append(args[:2]) or [0]
    )
    assert len(single_person.load_people(TINY, dataset, "train", None, 0)) == len(parts)
    assert asked == parts and single_person.validated_on(dataset) == "lsp"


def test_eval_with_the_whole_image_and_so_many_people(tiny, trained):
    path = trained / "tiny.safetensors"
    found = tasks.evaluate(path, "synthetic:test", box="image", people=7, progress=False)
    assert found["people"] == 7 and found["box"] == "image"
    nearer = tasks.evaluate(path, "synthetic:test", people=7, progress=False)
    assert nearer["constant"]["distance"] != found["constant"]["distance"]


@pytest.mark.parametrize(
    "options, say",
    [
        ({"box": "head"}, "no box 'head'"),
        ({"flip": True}, "has none"),
        ({"people": 5, "data": "lsp:val"}, "is for synthetic people"),
    ],
)
def test_eval_says_what_it_cannot_do(tiny, trained, options, say):
    data = options.pop("data", "synthetic:val")
    with pytest.raises(InputError, match=say):
        tasks.evaluate(trained / "tiny.safetensors", data, **options)


@pytest.mark.parametrize(
    "words, least",
    [
        ("heatmap --people 0", 1),
        ("crowd --people -3", 1),
        ("pose_machine --clips 0", 1),
        ("pose_machine --frames 0", 1),
        ("multitask --clips -1", 1),
        ("multitask --frames 0", 1),
        ("lifter --seed -1", 0),
    ],
)
def test_a_count_of_nothing_is_no_default(words, least, capsys):
    """Zero, which is false, once meant the default, and cost the minutes of a whole evaluation."""
    name, option, number = words.split()
    assert cli.main(["eval", name, "--data", "synthetic:test", option, number]) == 2
    said = f"{option[2:]} must be at least {least}, and is {number}: give another, or leave it out."
    assert capsys.readouterr().err == f"posekit: {said}\n"


def test_a_second_training_in_the_same_folder(tiny, trained, tmp_path, capsys):
    command = ["train", "tiny", "--profile", "smoke", "--folder"]
    assert cli.main([*command, str(trained)]) == 2
    assert "holds a training already" in capsys.readouterr().err
    with locked(tmp_path / ".lock"):
        assert cli.main([*command, str(tmp_path)]) == 2
    assert "another process is training in" in capsys.readouterr().err
    assert not (tmp_path / training.LAST).exists()


def test_a_terminal_that_lacks_a_character_loses_no_training(tmp_path):
    """The table says px²; cp1251 and cp932 have no such sign."""
    command = ["train", "cnn", "--profile", "smoke", "--resume", "--folder", str(tmp_path)]
    program = f"""
from dataclasses import replace
from posekit import cli, tasks
from posekit.tasks import single_person
from posekit.tasks import soft_argmax as soft_argmax_task
single_person.RECIPES = (replace(tasks.get("cnn"), plans={{"smoke": tasks.Plan(8, 8, 1)}}),)
raise SystemExit(cli.main({command!r}))
"""
    environment = os.environ | {"PYTHONIOENCODING": "cp1251"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, env=environment)
    assert done.returncode == 0, done.stderr[-500:]
    assert (tmp_path / "cnn.safetensors").exists() and b"MSE, px" in done.stdout


def test_one_loader_serves_every_epoch_with_workers_or_without():
    people = cache_crops(People(0, 10, 64, difficulty="easy"), 32, progress=False)
    dataset = CropDataset(people, Augment(), seed=1)
    for workers in (0, 2):
        batches = tasks.by_epoch(dataset, 4, workers)
        for epoch in (0, 3, 1):
            expected = list(loader(dataset, 4, epoch=epoch))
            found = list(batches(epoch))
            assert len(found) == len(expected) == 3
            for one, other in zip(found, expected):
                assert torch.equal(one.index, other.index)
                assert torch.equal(one.images, other.images)


def test_workers_are_for_a_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert tasks.default_workers() == 0
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert tasks.default_workers() >= 1 or os.cpu_count() == 1
