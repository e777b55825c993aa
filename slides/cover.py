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
    fig = plt.figure(figsize=(13, 3.9), layout="constrained")
    photo, crowd, action, deep = fig.subplots(1, 4, width_ratios=[0.85, 1, 1, 1])
    portrait = read_image(live.portrait_path())
    with live.BlazePose() as model:
        photo.imshow(live.show_poses(model.detect(portrait)))
    group = People(seed=5, people=5, size=480, skeleton="coco17")[9]
    crowd.imshow(group.image)
    plots.show_pose(crowd, group.keypoints, group.visible, "coco17", width=1.5, marker=3)
    crowd.set(xlim=(20, 460), ylim=(440, 0))
    clip = Clips(seed=2, count=1, frames=30, size=384, action="jumping_jacks")[0]
    action.imshow(clip.frames[6])
    for t in (0, 6):
        plots.show_pose(action, clip[t].keypoints, clip[t].visible, clip.skeleton, width=2)
    deep.remove()
    deep = fig.add_subplot(1, 4, 4, projection="3d")
    person = People(seed=3, size=384, skeleton="h36m17")[12]
    plots.pose_3d(deep, person.keypoints_3d[0], skeleton="h36m17")
    for label in (deep.set_xticklabels, deep.set_yticklabels, deep.set_zticklabels):
        label([])
    deep.set(xlabel="", ylabel="", zlabel="")
    for ax, title in [
        (photo, "a photograph"),
        (crowd, "several people"),
        (action, "an action"),
        (deep, "in depth"),
    ]:
        ax.set_title(title)
    for ax in (photo, crowd, action):
        ax.set_axis_off()
    return fig


if __name__ == "__main__":
    cover().savefig(
        PICTURE, dpi=80, bbox_inches="tight", facecolor="white", pil_kwargs={"quality": 85}
    )
    print(f"wrote {PICTURE.name}: {PICTURE.stat().st_size / 1000:.0f} kB")
