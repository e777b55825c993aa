"""Chapter 09's study: its clips are rendered once, and each control answers for them once."""

import importlib
import json
import sys

import numpy as np
import pytest

from posekit import memory_scores
from posekit.memory_scores import CONTROLS
from posekit.models.pose_machines import PoseMachine

from .test_memory_scores import K, crops

CARD = {"name": "tiny", "task": "sequences", "recipe": "pose_machine", "size": 64}
CARD |= {"sha256": "-", "skeleton": "lsp14"}
CARD |= dict.fromkeys(("command", "hardware", "minutes", "epochs", "best_epoch", "parameters"))


@pytest.fixture
def study(root, monkeypatch):
    monkeypatch.syspath_prepend(str(root / "tests" / "benchmarks"))
    return importlib.import_module("memory_study")


def made():
    """A clip of five frames, whose last one hides all joints: some have stayed, some have moved,
    and the first one has come back to where it was only in the frame before."""
    points = np.repeat(np.random.default_rng(0).uniform(8, 56, (1, K, 2)), 5, axis=0)
    points[4, 1::2] += 30
    points[:3, 0] += 30
    visible = np.full((5, K), 2, np.uint8)
    visible[4] = 1
    return crops(points, visible, 5)


def test_nothing_is_rendered_or_answered_twice(study, monkeypatch, tmp_path):
    rendered, asked, predict = [], [], memory_scores.predict
    net = PoseMachine(K, 8, (4, 8, 8, 8, 8))

    def load(data, count, frames, size, kind="both", **options):
        rendered.append((data, count, frames, size, kind))
        return made()

    def counted(model, clips, control):
        asked.append(control)
        return predict(model, clips, control)

    monkeypatch.setattr(study.sequences, "load_disturbed", load)
    monkeypatch.setattr(memory_scores, "predict", counted)
    loaded = net, CARD | {"seed": 0}
    monkeypatch.setattr(study.checkpoints, "load_pretrained", lambda name: loaded)
    out = tmp_path / "found.json"
    words = ["memory_study.py", "--names", "pose_machine", "--clips", "1", "--out", str(out)]
    monkeypatch.setattr(sys, "argv", words)
    study.main()
    assert rendered == [("synthetic:test", 1, 16, 64, kind) for kind in study.KINDS]
    assert asked == 2 * list(CONTROLS) + ["kept", "reset", "shuffled"]
    found = json.loads(out.read_text())["pose_machine"]
    assert list(found)[-4:] == [*study.KINDS, "by_way"]
    assert list(found["both"])[:4] == ["checkpoint", "sha256", "data", "disturbance"]
    ways = found["by_way"]
    assert [ways[part]["joints"] for part in ("stayed", "moved", "there_last")] == [7, 7, 1]


def test_other_kinds_keep_their_figures(study, monkeypatch, tmp_path):
    out = tmp_path / "found.json"
    out.write_text(json.dumps({"pose_machine": {"panned": 1, "by_way": 2}}))
    net = PoseMachine(K, 8, (4, 8, 8, 8, 8))
    monkeypatch.setattr(study.sequences, "load_disturbed", lambda *_, **o: made())
    monkeypatch.setattr(study.checkpoints, "load_pretrained", lambda _: (net, CARD | {"seed": 0}))
    words = ["memory_study.py", "--names", "pose_machine", "--kinds", "both", "--out", str(out)]
    monkeypatch.setattr(sys, "argv", words)
    study.main()
    found = json.loads(out.read_text())["pose_machine"]
    assert (found["panned"], found["by_way"]) == (1, 2)
    assert list(found["both"]["controls"]) == ["kept", "reset", "shuffled"]
