"""Draw the README's picture, slides/cover.jpg: what the course is about, in four panels.

    python slides/cover.py
"""

from pathlib import Path

import matplotlib.pyplot as plt

from posekit import live, plots
from posekit.data.images import read_image
from posekit.synthetic import Clips, People

PICTURE = Path(__file__).with_name("cover.jpg")


def cover():
    """The figure: a photograph, a crowd, an action, and a pose in three dimensions."""
    plots.style()
    fig = plt.figure(figsize=(13, 3.6), layout="constrained")
    photo, crowd, action, deep = fig.subplots(1, 4, width_ratios=[0.85, 1, 1, 1])
    portrait = read_image(live.portrait_path())
    with live.BlazePose() as model:
        photo.imshow(live.draw(model.detect(portrait)))
    plots.show_sample(crowd, People(seed=5, people=5, size=384, skeleton="coco17")[2])
    clip = Clips(seed=2, count=1, frames=30, size=384, action="jumping_jacks")[0]
    action.imshow(clip.frames[6])
    for t in (0, 3, 6):
        plots.show_pose(action, clip[t].keypoints, clip[t].visible, clip.skeleton, width=2)
    deep.remove()
    deep = fig.add_subplot(1, 4, 4, projection="3d")
    person = People(seed=8, size=384, skeleton="h36m17")[1]
    plots.pose_3d(deep, person.keypoints_3d[0], skeleton="h36m17")
    for label in (deep.set_xticklabels, deep.set_yticklabels, deep.set_zticklabels):
        label([])
    for ax, title in [(photo, "a photograph"), (crowd, "several people"),
                      (action, "an action"), (deep, "in depth")]:  # fmt: skip
        ax.set_title(title)
    for ax in (photo, crowd, action):
        ax.set_axis_off()
    return fig


if __name__ == "__main__":
    cover().savefig(PICTURE, dpi=80, pil_kwargs={"quality": 85}, facecolor="white")
    print(f"wrote {PICTURE.name}: {PICTURE.stat().st_size / 1000:.0f} kB")
