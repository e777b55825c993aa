"""A new kind of learning is a new file: nothing that is shared knows of it.

The kind below learns from sequences, not from images of one person: which way does a point go?
It is put beside the others as a chapter's own files would be, and goes through ``posekit train``
(killed and resumed), its card, ``posekit eval`` with an option of its own, and ``posekit live``.
"""

import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from posekit import checkpoints, cli, live, models, tasks, training

NETWORK = """
from torch import nn

class Direction(nn.Module):
    def __init__(self, classes, hidden=8):
        super().__init__()
        self.memory = nn.LSTM(2, hidden, batch_first=True)
        self.head = nn.Linear(hidden, classes)

    def forward(self, sequences):
        return self.head(self.memory(sequences)[0][:, -1])
"""
TASK = """
import time
from dataclasses import dataclass, field
from functools import partial
import torch
from torch.nn import functional as F
from posekit.models.direction import Direction
from posekit.tasks import Plan

@dataclass(frozen=True)
class Sequences:
    name: str
    about: str
    plans: dict
    dataset: str = "points"
    settings: dict = field(default_factory=dict)
    start: str | None = None

    def load(self, dataset, plan, seed, root=None, progress=True):
        return draw_points(plan.train, seed), draw_points(plan.val, seed + 1)

    def network(self, train):
        return partial(Direction, classes=2)

    def batches(self, train, seed):
        def of_epoch(epoch):
            time.sleep(self.settings.get("lr", 0))  # long enough to be killed in
            order = torch.randperm(len(train), generator=torch.Generator().manual_seed(epoch))
            whole = [{"steps": train[i][0], "label": train[i][1]} for i in order.tolist()]
            return [{k: torch.stack([one[k] for one in whole[j : j + 16]]) for k in whole[0]}
                    for j in range(0, len(whole), 16)]
        return of_epoch

    def loss(self, model, batch):
        return F.cross_entropy(model(batch["steps"]), batch["label"]), len(batch["label"])

    def validate(self, model, val):
        return {"accuracy": accuracy(model, val)}

    def card(self, dataset, train, val):
        return {"data": f"{len(train)} points", "terms": "MIT", "classes": ["left", "right"]}

    def report(self, model, examples, card):
        return {"accuracy": accuracy(model, examples), "examples": len(examples),
                "majority": majority(examples)}

    def table(self, report):
        return f"accuracy {report['accuracy']:.2f} of {report['examples']}"

    def add_options(self, parser):
        parser.add_argument("--points", type=int, default=50)

    def evaluate(self, model, card, data, root=None, *, points=50):
        return self.report(model, draw_points(points, 9), card)

def draw_points(count, seed):
    random = torch.Generator().manual_seed(seed)
    out = []
    for _ in range(count):
        label = torch.randint(2, (), generator=random)
        steps = torch.randn(6, 2, generator=random)
        steps[:, 0] += 2.0 * label - 1.0
        out.append((steps.cumsum(0), label))
    return out

def majority(examples):
    right = sum(int(label) for _, label in examples)
    return max(right, len(examples) - right) / len(examples)

@torch.no_grad()
def accuracy(model, examples):
    steps, labels = (torch.stack(part) for part in zip(*examples))
    return (model(steps).argmax(1) == labels).float().mean().item()

RECIPES = (Sequences("direction", "which way a point goes", {"smoke": Plan(64, 32, 6)},
                     settings={"lr": 0.05, "monitor": "accuracy", "higher_is_better": True,
                               "precision": "no"}),)
"""
DETECTOR = """
import numpy as np
from posekit import checkpoints
from posekit.data import Sample

class Counter:
    about = "a toy that finds nobody, MIT."

    def __init__(self, model, video, start):
        self.network, self.card = checkpoints.load_pretrained(model)
        self.start, self.seen = start, 0

    def detect(self, image, time_ms=None):
        self.seen += 1
        return Sample("image", "lsp14", np.zeros((0, 14, 2)), np.zeros((0, 14)), image)

    def show(self, detection, note):
        return np.full_like(detection.image, self.start)

    def close(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

def add_options(parser):
    parser.add_argument("--start", type=int, default=0)

def open_detector(model, video, start=0):
    return Counter(model, video, start)
"""
PLACES = {"models/direction.py": NETWORK, "tasks/sequence.py": TASK, "live/sequence.py": DETECTOR}


@pytest.fixture
def beside(tmp_path, monkeypatch):
    """The three files beside the package's own; returns their folder."""
    for name, source in PLACES.items():
        path = tmp_path / "chapter" / name
        path.parent.mkdir(parents=True)
        path.write_text(source)
    for package in (models, tasks, live):
        folder = str(tmp_path / "chapter" / package.__name__.split(".")[1])
        monkeypatch.setattr(package, "__path__", [*package.__path__, folder])
    yield tmp_path / "chapter"
    for name in list(sys.modules):
        if name.endswith((".direction", ".sequence")):
            del sys.modules[name]


PROGRAM = """
import sys
from posekit import cli, models, tasks
for package in (models, tasks):
    package.__path__.append(sys.argv[1] + "/" + package.__name__.split(".")[1])
sys.exit(cli.main(sys.argv[2:]))
"""


def test_it_goes_through_everything(beside, tmp_path, capsys):
    command = ["train", "direction", "--profile", "smoke", "--folder"]
    assert cli.main([*command, str(tmp_path / "whole")]) == 0
    path = tmp_path / "whole" / "direction.safetensors"
    card = checkpoints.card(path)
    assert card["task"] == "sequence" and card["terms"] == "MIT" and card["epochs"] == 6
    assert card["network"] == {"name": "direction.Direction", "arguments": {"classes": 2}}
    assert card["metrics"]["accuracy"] > 0.9

    out = tmp_path / "found.json"
    capsys.readouterr()
    options = ["--data", "points:test", "--points", "70", "--json", str(out)]
    assert cli.main(["eval", str(path), *options]) == 0
    found = json.loads(out.read_text())
    assert found["examples"] == 70 and found["accuracy"] > max(0.9, found["majority"])
    assert "of 70" in capsys.readouterr().out

    live.write_image(tmp_path / "a.png", np.zeros((8, 8, 3), np.uint8))
    drawn = tmp_path / "b.png"
    source = ["--source", str(tmp_path / "a.png"), "--model", str(path), "--out", str(drawn)]
    assert cli.main(["live", *source, "--start", "7"]) == 0
    assert "Network: a toy that finds nobody, MIT." in capsys.readouterr().out
    with live.open_source(drawn) as frames:
        assert next(iter(frames)).tolist() == np.full((8, 8, 3), 7).tolist()


def test_killed_and_resumed_it_ends_where_it_would_have(beside, tmp_path):
    command = ["train", "direction", "--profile", "smoke", "--folder"]
    assert cli.main([*command, str(tmp_path / "whole")]) == 0
    folder = tmp_path / "killed"
    program = [sys.executable, "-c", PROGRAM, str(beside), *command, str(folder)]
    process = subprocess.Popen(program, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (folder / training.LAST).exists():
        assert process.poll() is None and time.monotonic() < deadline, "it never saved an epoch"
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (folder / "direction.safetensors").exists(), "it was to be killed before its end"
    done = subprocess.run([*program, "--resume"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    sums = [
        checkpoints.hash_of(tmp_path / name / "direction.safetensors")
        for name in ("whole", "killed")
    ]
    assert sums[0] == sums[1]
