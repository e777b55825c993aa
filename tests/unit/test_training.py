"""The training loop: it learns, it goes on where it was killed, it stops at the first NaN."""

import math
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from posekit import checkpoints, files, training
from posekit.errors import InputError

sys.path.insert(0, str(Path(__file__).parent))
from small_training import Net, batches, loss, train

SCRIPT = Path(__file__).parent / "small_training.py"


def weights(net):
    return torch.cat([p.detach().flatten() for p in net.parameters()])


def test_the_loss_falls_and_one_batch_can_be_learnt_by_heart(tmp_path):
    net = Net(dropout=0)
    history = training.fit(
        net, lambda epoch: batches(0)[:1], loss, epochs=400, lr=0.02, precision="no", progress=False
    )
    assert history.column("loss")[-1] < 1e-3 < 0.5 < history.column("loss")[0]
    assert [row["epoch"] for row in history.rows] == list(range(1, 401))
    assert "400" in str(history).splitlines()[-2] and history.ending == "400 epochs"


def test_it_is_the_bare_loop():
    """Against ten lines of plain torch: the same weights to the last bit."""
    torch.manual_seed(0)
    bare = Net(dropout=0)
    optimizer = torch.optim.AdamW(bare.parameters(), lr=0.01)
    for epoch in range(3):
        for step, batch in enumerate(batches(epoch)):
            for group in optimizer.param_groups:
                group["lr"] = 0.01 * training.cosine((epoch + step / 4) / 3)
            optimizer.zero_grad()
            loss(bare, batch)[0].backward()
            torch.nn.utils.clip_grad_norm_(bare.parameters(), 1.0)
            optimizer.step()
    net, _ = train(None, epochs=3, dropout=0)
    assert torch.equal(weights(net), weights(bare))


def test_resuming_continues_bit_for_bit(tmp_path):
    whole, straight = train(tmp_path / "whole")

    class Killed(Exception):
        pass

    def kill(history):
        if len(history) == 3:
            raise Killed

    with pytest.raises(Killed):
        train(tmp_path / "parts", on_epoch=kill)
    again, resumed = train(tmp_path / "parts")
    assert torch.equal(weights(whole), weights(again))
    for name in ("epoch", "loss", "lr"):
        assert straight.column(name) == resumed.column(name)
    assert straight.best["epoch"] == resumed.best["epoch"]


def test_twenty_kills_leave_a_training_that_ends_the_same(tmp_path):
    """kill -9 at random moments, in the middle of a save as well as between two."""
    epochs, kills, rng = 200, 20, np.random.default_rng(0)
    expected, _ = train(tmp_path / "whole", epochs)
    last = tmp_path / "killed" / training.LAST
    # A server that has torch imported already, and forks: killing is quick that way.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["posekit.training", "posekit.losses", "torch._dynamo"])
    reached = [0]
    for _ in range(kills):
        before = last.stat().st_mtime_ns if last.exists() else 0
        process = context.Process(target=train, args=(tmp_path / "killed", epochs))
        process.start()
        deadline = time.monotonic() + 60
        while (not last.exists() or last.stat().st_mtime_ns == before) and process.is_alive():
            assert time.monotonic() < deadline, "the training does not get on"
        time.sleep(rng.uniform(0, 0.02))
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL, "it was over before it could be killed"
        reached.append(len(torch.load(last, weights_only=True)["rows"]))
    assert reached == sorted(reached) and reached[-1] < epochs
    net, history = train(last.parent, epochs)
    assert len(history) == epochs and torch.equal(weights(net), weights(expected))


@pytest.mark.slow
def test_two_processes_agree_with_one(tmp_path):
    alone, _ = train(tmp_path / "one", 4, dropout=0)
    run = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--nproc_per_node",
        "2",
        "--master_addr",
        "127.0.0.1",
        "--master_port",
        "0",
        "--rdzv_backend",
        "c10d",
        "--rdzv_endpoint",
        "127.0.0.1:0",
    ]
    one_thread = {"ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*run, SCRIPT, tmp_path / "two", "4"],
        timeout=120,
        capture_output=True,
        text=True,
        env=os.environ | one_thread,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    together = Net(0)
    state = torch.load(tmp_path / "two" / training.LAST, weights_only=True)
    together.load_state_dict(state["model"])
    assert (weights(together) - weights(alone)).abs().max() < 1e-5


def test_the_best_weights_are_kept_and_waiting_ends(tmp_path):
    values = iter([1.0, 3.0, 2.0, 2.5, 0.0])
    _, history = train(
        tmp_path,
        epochs=9,
        validate=lambda model: {"pck": next(values)},
        monitor="pck",
        higher_is_better=True,
        patience=2,
    )
    assert history.best["epoch"] == 2 and len(history) == 4
    assert "stopped early" in history.ending
    net = Net()
    checkpoints.load_weights(net, tmp_path / training.BEST)
    assert all(p.isfinite().all() for p in net.parameters())


def test_validation_sees_a_model_in_eval_mode_without_gradients():
    seen = []
    train(None, 1, validate=lambda m: seen.append((m.training, torch.is_grad_enabled())) or {})
    assert seen == [(False, False)]


def test_the_cosine_schedule():
    assert training.cosine(0) < 0.1 and training.cosine(0.03) == 1
    assert training.cosine(1) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    "what, spoil",
    [
        ("loss", lambda model, batch: (loss(model, batch)[0] * math.nan, 1)),
        ("loss", lambda model, batch: (loss(model, batch)[0] * math.inf, 1)),
        ("gradient", lambda model, batch: (model(batch[0]) * 0).abs().sqrt().sum()),
    ],
)
def test_a_nan_stops_before_it_spoils_a_weight(tmp_path, what, spoil):
    train(tmp_path, 6, on_epoch=None)
    before = (tmp_path / training.LAST).read_bytes()
    net = Net()
    start = weights(net).clone()
    with pytest.raises(InputError, match=f"{what} is not finite in epoch 1, step 1"):
        training.fit(net, batches, spoil, epochs=1, precision="no", progress=False)
    assert torch.equal(weights(net), start)
    assert (tmp_path / training.LAST).read_bytes() == before


def test_no_batch_no_parameter_no_such_column():
    with pytest.raises(InputError, match="no batch"):
        training.fit(Net(), lambda epoch: [], loss, epochs=1)
    with pytest.raises(InputError, match="no parameter"):
        training.fit(torch.nn.ReLU(), batches, loss, epochs=1)
    with pytest.raises(InputError, match="no column 'pck'"):
        train(None, 1, monitor="pck")
    with pytest.raises(InputError, match="precision"):
        train(None, 1, precision="fp8")


def test_another_recipe_is_not_resumed(tmp_path):
    train(tmp_path, 2, identity={"data": "lsp"})
    with pytest.raises(InputError, match="data was 'lsp' and is 'coco'"):
        train(tmp_path, 2, identity={"data": "coco"})
    with pytest.raises(InputError, match="epochs was 2 and is 3"):
        train(tmp_path, 3, identity={"data": "lsp"})


def test_another_network_is_not_resumed(tmp_path):
    train(tmp_path, 1)
    wider = torch.nn.Linear(5, 2)
    with pytest.raises(InputError, match="another network"):
        training.fit(
            wider, batches, loss, epochs=1, lr=0.01, folder=tmp_path, resume=True, progress=False
        )


def test_a_truncated_checkpoint_is_said_to_be_damaged(tmp_path):
    train(tmp_path, 1)
    best = tmp_path / training.BEST
    for name, load in (
        (training.LAST, lambda: train(tmp_path, 1)),
        (training.BEST, lambda: checkpoints.load_weights(Net(), best)),
    ):
        data = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(data[: len(data) // 2])
        with pytest.raises(InputError, match="damaged"):
            load()


def test_a_checkpoint_of_another_model_names_what_differs(tmp_path):
    checkpoints.save_weights(Net(), tmp_path / "a.safetensors")
    with pytest.raises(InputError, match=r"3.weight is \(6, 16\), not \(5, 16\)"):
        other = Net()
        other[3] = torch.nn.Linear(16, 5)
        checkpoints.load_weights(other, tmp_path / "a.safetensors")
    checkpoints.save_weights(torch.nn.BatchNorm1d(3), tmp_path / "norm.safetensors")
    with pytest.raises(InputError, match=r"0\.bias is missing"):
        checkpoints.load_weights(Net(), tmp_path / "norm.safetensors")
    with pytest.raises(InputError, match="is not there"):
        checkpoints.load_weights(Net(), tmp_path / "b.safetensors")


def test_a_full_disk_leaves_the_checkpoint_before(tmp_path, monkeypatch):
    train(tmp_path, 1, identity={})
    before = (tmp_path / training.LAST).read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(InputError, match=r"No space left on device.*untouched"):
        files.atomic_write(tmp_path / training.LAST, b"new")
    assert (tmp_path / training.LAST).read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([training.LAST, training.BEST])


def test_two_trainings_in_one_process_may_differ_in_precision():
    for precision in ("no", "bf16", "no"):
        _, history = train(None, 1, precision=precision)
        assert math.isfinite(history.column("loss")[0])


# ---- what is best, what is moved, what is drawn, whose folder it is -------------------------
@pytest.mark.parametrize("higher", [True, False])
def test_nan_is_never_the_best_epoch(tmp_path, higher):
    """The first epochs of a network of maps may have no peak anywhere, and so no score."""
    values = iter([math.nan, 5.0, math.nan, 6.0 if higher else 4.0, math.nan])
    _, history = train(
        tmp_path,
        epochs=5,
        validate=lambda model: {"pck": next(values)},
        monitor="pck",
        higher_is_better=higher,
        patience=3,
    )
    assert history.best["epoch"] == 4, f"epoch 4 is best, and {history.best['epoch']} was kept"
    assert len(history) == 5, "patience counts from the last better epoch"


def test_a_resumed_training_forgets_a_best_epoch_of_nan(tmp_path):
    history = training.History([{"epoch": 1, "pck": 3.0}], {"epoch": 0, "pck": math.nan})
    assert training._is_better(history, "pck", True) and history.best["epoch"] == 1


@pytest.mark.parametrize(
    "batch",
    [
        [torch.arange(6), {"a": [torch.arange(6), torch.arange(6)]}],
        (torch.arange(6), [torch.arange(6)], "a name"),
    ],
)
def test_batches_of_lists_are_moved_and_shared_out(batch):
    def tensors(value):
        if isinstance(value, torch.Tensor):
            return [value]
        parts = value.values() if isinstance(value, dict) else value
        return [t for part in parts if not isinstance(part, str) for t in tensors(part)]

    shares = [training._share(batch, torch.device("meta"), rank, 2) for rank in (0, 1)]
    for share in shares:
        assert type(share) is type(batch)
        came = [(t.device.type, len(t)) for t in tensors(share)]
        assert came == [("meta", 3)] * len(tensors(batch)), f"expected 3 each on meta, came {came}"


def test_what_is_drawn_from_any_global_generator_is_resumed_too(tmp_path):
    def drawing(epoch):
        shift = np.random.rand() + random.random()
        return [(inputs + shift, target, visible) for inputs, target, visible in batches(epoch)]

    def run(folder, **options):
        np.random.seed(3)
        random.seed(3)
        net = Net()
        options = {"precision": "no", "progress": False, "resume": True} | options
        training.fit(net, drawing, loss, epochs=4, folder=folder, **options)
        return net

    def stop(history):
        if len(history) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "parts", on_epoch=stop)
    assert torch.equal(weights(run(tmp_path / "parts")), weights(run(tmp_path / "whole")))


def test_a_folder_with_a_training_is_not_overwritten(tmp_path):
    train(tmp_path, 2)
    before = (tmp_path / training.LAST).read_bytes()
    with pytest.raises(InputError, match=r"holds a training already.*--resume.*another folder"):
        train(tmp_path, 2, resume=False)
    assert (tmp_path / training.LAST).read_bytes() == before


def test_tied_weights_are_saved_and_loaded(tmp_path):
    def tied():
        net = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Linear(4, 4))
        net[1].weight = net[0].weight
        return net

    net, other = tied(), tied()
    checkpoints.save_weights(net, tmp_path / "tied.safetensors")
    checkpoints.load_weights(other, tmp_path / "tied.safetensors")
    assert torch.equal(other[0].weight, net[0].weight) and other[1].weight is other[0].weight
