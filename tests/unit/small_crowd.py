"""Small crowds: a network that knows where people are without learning, and one that learns."""

import torch

from posekit import tasks
from posekit.codecs.centres import Centres
from posekit.codecs.pafs import PartFields
from posekit.data.scenes import SceneDataset
from posekit.models.crowd_nets import CrowdMaps


class Oracle(torch.nn.Module):
    """Predicts the maps of the same people for every image; ``size`` is that of its input."""

    def __init__(self, keypoints, visible, skeleton="openpose18"):
        super().__init__()
        self.keypoints = torch.as_tensor(keypoints, dtype=torch.float32)[None]
        self.visible = torch.as_tensor(visible)[None]
        self.skeleton, self.seen = skeleton, []
        self.one = torch.nn.Parameter(torch.ones(1))  # a device to be on

    def predict(self, images):
        self.seen.append(tuple(images.shape))
        size = tuple(images.shape[-2:])
        parts = PartFields(self.skeleton, size).encode(self.keypoints, self.visible)
        whole = Centres(self.skeleton, size).encode(self.keypoints, self.visible)
        return CrowdMaps(parts.heatmaps, parts.pafs, whole.centres, whole.offsets)


def learn(recipe, scenes, steps: int, lr: float):
    """A network after so many steps on all of the scenes, and the loss of each."""
    net = tasks.build(recipe, scenes)
    batch = SceneDataset(scenes).batch(range(len(scenes)))
    optimizer = torch.optim.AdamW(net.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        value, _ = recipe.loss(net, batch)
        value.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        losses.append(float(value.detach()))
    return net, losses
