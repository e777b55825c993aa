"""Images a second by the shipped network `heatmap`: pictures of 128 x 128 in, joints out.

From uint8 pictures in memory to joints in pixels, with the conversion and the decoding in it,
on one thread and on two, one picture at a time and 32 at once. The *peer* is the floor, 100
images a second on two cores: a ratio of 2 means 200 a second.
"""

import measure
import numpy as np
import torch

from posekit import tasks
from posekit.skeletons import get

FLOOR, SIDE = 100, 128
GOAL = {1: 0.5, 2: 1.0}  # threads: half of the floor for half of the cores


def reader():
    """From pictures (B, 128, 128, 3) uint8 to keypoints (B, K, 2)."""
    recipe = tasks.get("heatmap")  # speed does not depend on the weights
    net = recipe.model(len(get(recipe.skeleton))).to(memory_format=torch.channels_last).eval()

    @torch.inference_mode()
    def run(pictures):
        images = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
        return recipe.decode(net(images))

    return run


def main():
    read, found = reader(), []
    for threads in (1, 2):
        for batch in (1, 32):
            torch.set_num_threads(threads)
            pictures = np.random.default_rng(0).integers(0, 255, (batch, SIDE, SIDE, 3), np.uint8)
            taken = measure.times({"posekit": lambda p=pictures: read(p)})["posekit"]
            peer = f"{FLOOR} images a second"
            row = {
                "name": f"heatmap net, {threads} thread{'s' * (threads > 1)}, batch {batch}",
                "peer": peer,
                "goal": GOAL[threads],
            }
            found.append(measure.timed(row, {"posekit": taken, peer: [1000 * batch / FLOOR]}))
            print(
                f"{row['name']}: {1000 * batch / min(taken):.0f} images a second, "
                f"{1000 * batch / np.median(taken):.0f} in the median"
            )
    measure.finish(found)


if __name__ == "__main__":
    main()
