"""A network that knows where people are, without learning: what it is given, drawn as maps."""

import torch

from posekit.codecs.centres import Centres
from posekit.codecs.pafs import PartFields
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
