# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   posekit:
#     title: Keypoint data
#     promise: Open every data set of poses with one call, and see what its labels hide.
#     minutes: 60
#     real_data: [lsp, lspet, coco]
# ---

# %% [markdown]
# # 01 · Keypoint data: what does a label mean?
#
# **In this chapter you open the data that pose networks learn from, find the traps in it, and
# end with batches that are right to half a pixel.**
#
# | | |
# |---|---|
# | Time | 60 minutes of reading and trying |
# | Run, `quick`, 2 CPU cores | about 20 s, 1.1 GB of memory |
# | Run, `full`, GPU | not measured: this chapter gains nothing from a GPU |
# | You will | **read** five data sets with one call · **find** junk among labels · **see** what a wrong flip does · **measure** half a pixel · **feed** a network without making it wait |
# | Before you start | chapter 00, NumPy indexing with arrays of True and False |
#
# Do not type anything yet: run the cells with Shift+Enter and look.

# %%
# On Colab: install posekit beside Colab's own torch and numpy. Elsewhere: nothing.
import subprocess
import sys

REPOSITORY = ""  # the address of this course; `make address` writes it here
if "google.colab" in sys.modules:
    assert REPOSITORY, "set REPOSITORY to the address you cloned this course from"
    subprocess.run(
        'pip freeze | grep -iE "^(torch|torchvision|numpy)==" > keep.txt; pip install '
        f'-q -c keep.txt "posekit @ git+{REPOSITORY}"', shell=True, check=True)

# %% tags=["parameters"]
PROFILE = "quick"  # smoke, quick or full: how many people are looked at
DATASET = "synthetic"  # or "lsp", "lspet", "coco", "mpii": see section 12
SEED = 0  # same seed, same synthetic people

# %%
import tempfile
import time

import cv2
import matplotlib.pyplot as plt
import numpy as np
import torch

from posekit import catalog, exercises, geometry, metrics, plots, skeletons, synthetic
from posekit.data.batches import Augment, CropDataset, loader
from posekit.data.crops import cache_crops
from posekit.datasets import LSPExtended, lsp_format
from posekit.geometry import fill_edges
from posekit.widgets import explore

# %%
plots.style()
PEOPLE = {"smoke": 24, "quick": 300, "full": 10_000}[PROFILE]  # of a real set
RENDERED = min(PEOPLE, 1000)  # synthetic ones
TRAIN, TEST = {"lspet": ("train", "val"), "mpii": (None, None)}.get(
    DATASET, ("train", "test"))
OPTIONS = {}
if DATASET == "synthetic":  # "hard": from odd angles, and cut off by the image
    OPTIONS = {"seed": SEED, "count": RENDERED, "difficulty": "hard"}

# %% [markdown]
# ## 1 · The result first (3 minutes)
#
# One call opens a data set, whichever it is; a second one cuts the people out; a third makes
# *batches* of them, each person turned, scaled, moved, mirrored and recoloured a little, with
# the joints moved along. Every network in this course learns from such batches.

# %%
people = catalog.load(DATASET, TRAIN, **OPTIONS)
some = [people[i] for i in range(min(len(people), 24))]
crops = cache_crops(some, size=160, margin=2)  # room to turn in
crops.images[:] = [fill_edges(crop) for crop in crops.images]  # for the eye
dataset = CropDataset(crops, Augment(), seed=SEED)
batch = next(iter(loader(dataset, batch_size=12)))
print("images   ", tuple(batch.images.shape), batch.images.dtype)
print("keypoints", tuple(batch.keypoints.shape), "pixels")
print("visible  ", tuple(batch.visible.shape), "0, 1 or 2")

# %%
def show_batch(batch, skeleton):
    """The first twelve crops of a batch, with their joints."""
    fig, axes = plt.subplots(2, 6, figsize=(12, 4.2), layout="constrained")
    for i, ax in enumerate(axes.flat[:len(batch.images)]):
        ax.imshow(batch.images[i].permute(1, 2, 0))
        plots.show_pose(ax, batch.keypoints[i], batch.visible[i], skeleton, width=2)
        ax.set(xlim=(-0.5, 159.5), ylim=(159.5, -0.5), xticks=[], yticks=[])
    return fig


plots.show(show_batch(batch, people[0].skeleton), "Twelve square crops of people, "
           "each turned, scaled and recoloured, with their skeletons drawn on them.")

# %% [markdown]
# **Read the figure.** Blue and solid is the person's *own* left, vermilion and dashed their
# right, and that still holds in the mirrored crops. A hollow dot is a joint that is hidden. (Where
# a crop reaches beyond its image, a network gets black. In the figures of this course the colours
# at the image's edge go on there, blurred, so that you look at the person.)
# Every section below is about one way for such an image and its joints to be wrong while the code
# runs without an error.

# %% [markdown]
# ## 2 · Whose joints? (5 minutes)
#
# A *keypoint* is a point with a name. But which points? Every data set chose its own list,
# in its own order. Here is one person as the people behind six lists would label it.

# %%
DATASETS = ["lsp14", "mpii16", "coco17", "h36m17", "body25", "blazepose33"]
fig, axes = plt.subplots(1, 6, figsize=(13, 4.6), layout="constrained")
for ax, name in zip(axes, DATASETS):
    person = synthetic.People(seed=SEED, size=384, skeleton=name, difficulty="easy")[7]
    plots.show_sample(ax, person, title=f"{name}")
    x1, y1, x2, y2 = geometry.keypoint_box(person.keypoints[0], padding=1.25)
    ax.set(xlim=(x1, x2), ylim=(y2, y1))
plots.show(fig, "The same synthetic person with the joints of six joint sets: LSP "
           "and MPII have a head top, COCO has a face and no neck, BODY 25 and "
           "BlazePose have feet.")

# %% [markdown]
# **Predict.** COCO and Human3.6M both have 17 joints. How many of them are the *same* joints?

# %% tags=["check", "key"]
coco, h36m, lsp = (set(skeletons.get(name).joints)
                   for name in ("coco17", "h36m17", "lsp14"))
print("joints that COCO and Human3.6M share:", len(coco & h36m), "of 17")
print("joints that COCO and LSP share:", len(coco & lsp), "of 14")
for name in ("lsp14", "mpii16", "coco17", "h36m17"):
    print(f"joint 0 of {name}: {skeletons.get(name).joints[0]}")

# %% [markdown]
# Which joints are in which set? We count, and draw the table.

# %%
sets = skeletons.SKELETONS
joints = [joint for one in sets.values() for joint in one.joints]
rows = [joint for joint in dict.fromkeys(joints)
        if joints.count(joint) > 1 and not joint.startswith("right_")]
rows.sort(key=joints.count, reverse=True)
has = np.array([[joint in one.joints for one in sets.values()] for joint in rows])
print("joints that all ten sets have:", has.all(1).sum() * 2)  # left and right

# %%
fig, ax = plt.subplots(figsize=(9, 7), layout="constrained")
y, x = np.nonzero(has)
ax.plot(x, y, "s", ms=14, color="#56B4E9")
ax.set_xticks(range(len(sets)), sets, rotation=40, ha="right")
ax.set_yticks(range(len(rows)), rows)
ax.set(ylim=(len(rows) - 0.5, -0.5), title="Who labels what (left means both sides)")
plots.show(fig, "A table of squares: joints against ten joint sets. Shoulders, "
           "elbows, wrists, hips, knees and ankles are in all; neck, head and pelvis "
           "only in some.")

# %% [markdown]
# Twelve joints are common ground: shoulders, elbows, wrists, hips, knees, ankles. The middle of
# the body is where lists part. So a network that was trained on one list cannot be fed or
# scored with another by *number*; only **names** carry over. That is what `skeletons.convert`
# goes by, and it tells what it had to make up:

# %% tags=["check"]
person = synthetic.People(seed=SEED, size=256, skeleton="coco17", difficulty="easy")[3]
made = skeletons.convert(person.keypoints, person.visible, "coco17", "mpii16").made
for joint, how in made.items():
    print(f"{joint:>12}: {how}")

# %% [markdown]
# Even the same name is no promise. Is LSP's *neck* the middle between the shoulders, as it is
# for those who compute a neck for COCO? On a synthetic body we can measure it.

# %% tags=["check-0.05", "key"]
points = np.concatenate([synthetic.People(seed=SEED, size=256)[i].keypoints
                         for i in range(20)])  # (20, 14, 2)
named = dict(zip(skeletons.get("lsp14").joints, points.transpose(1, 0, 2)))
middle = (named["left_shoulder"] + named["right_shoulder"]) / 2
torso = np.linalg.norm(named["left_shoulder"] - named["right_hip"], axis=-1)
off = np.linalg.norm(named["neck"] - middle, axis=-1) / torso
print(f"neck to the shoulders' middle: {100 * np.nanmean(off):.0f} % of the torso")

# %% [markdown]
# Papers count a joint as found within 20 % of the torso, the distance from the left shoulder to the
# right hip. A neck that is made up spends part of
# that allowance before any network has predicted anything. On rendered bodies it is less than half;
# on LSP's own labels it is more: there the neck is 16.6 % of the torso from the shoulders' middle
# in the mean, and for 26 % of the people that alone is a miss. (LSP's 2,000 people, computed in the
# same way, 2026-11-29.)

# %% [markdown]
# ## 3 · One call, one meaning (2 minutes)
#
# `catalog.load(name, split)` opens synthetic people, LSP, LSP-extended, MPII and COCO alike,
# and every item is a `Sample` that means the same. What differs stays in the *reader*:
#
# | | LSP | LSP extended | MPII | COCO |
# |---|---|---|---|---|
# | people an image | 1 | 1 | many | many |
# | joints | 14 | 14, same order | 16 | 17, no neck |
# | label file | `.mat` (3, 14, N) | `.mat` (14, 3, N) | `.mat` of nested structs, or JSON | JSON |
# | first pixel | 0 | 0 | **1** | 0 |
# | the flag means | **1 = occluded** | **1 = labelled** | 1 = visible | 0, 1, 2 |
# | unlabelled joints | none | junk coordinates | absent from the list | (0, 0) |
# | unlabelled people | – | – | some | crowds and outlines |
#
# Two `.mat` files with the same name and the same 14 joints have other axes and another
# meaning of the last number. No error tells you: the arrays just contain something else.

# %%
sample = people[0]
print(people if DATASET != "synthetic" else f"{len(people)} synthetic people")
for field in ("id", "skeleton", "size", "occlusion_known"):
    print(f"{field:>15}: {getattr(sample, field)}")
for field in ("image", "keypoints", "visible", "boxes", "keypoints_3d"):
    value = getattr(sample, field)
    about = "None" if value is None else f"{value.dtype} {value.shape}"
    print(f"{field:>15}: {about}")

# %% [markdown]
# A joint that nobody labelled is **NaN** in `keypoints`, and 0 in `visible`. NaN is chosen on
# purpose: whoever forgets the mask gets NaN everywhere at once, instead of a number that is
# slightly wrong and is never noticed.

# %% [markdown]
# ## 4 · What does *visible* mean? (3 minutes)
#
# Everybody has a flag for it, and no two mean the same:
#
# | | 0 | 1 | 2 |
# |---|---|---|---|
# | COCO, and this course | unlabelled | labelled, occluded | labelled, visible |
# | LSP's third row | labelled, visible | labelled, **occluded** | |
# | LSP extended's third column | **unlabelled** (junk) | labelled, who knows | |
# | MPII's `is_visible` | labelled, occluded | labelled, visible | |
# | MPII's JSON, `joints_vis` | unlabelled | **labelled**, who knows | |
# | BlazePose's `visibility` | a probability from 0 to 1, learned, not measured (chapter 00) | | |
#
# **Predict.** Somebody reads LSP with LSP-extended's meaning (1 = good). Which share of LSP's
# joints do they keep?

# %%
def gather(samples):
    """Keypoints (N, K, 2) and flags (N, K) of everybody; the images are let go."""
    few = (samples[i] for i in range(min(len(samples), PEOPLE)))
    points, flags = zip(*[(sample.keypoints, sample.visible) for sample in few])
    points, flags = np.concatenate(points), np.concatenate(flags)
    return points[flags.any(1)], flags[flags.any(1)]


points, flags = gather(people)
names = skeletons.get(people[0].skeleton).joints
print(f"{len(points)} people, {(flags > 0).sum()} labelled joints")

# %% tags=["check-0.05", "key"]
occluded = (flags == 1).sum() / (flags > 0).sum()
print(f"labelled joints that are occluded: {occluded:.1%}")
print(f"joints without a label: {(flags == 0).mean():.1%}")

# %% [markdown]
# In the real LSP 7.3 % of the joints are occluded: that is the share that a wrong reading
# keeps. It trains on the hidden joints alone, and nothing crashes. (Where a source does not know
# what is occluded, the first number is 0, and `occlusion_known` is False.)
#
# Which joints are hidden, and which are missing?

# %%
fig, ax = plt.subplots(figsize=(9, 5), layout="constrained")
hidden, missing = (flags == 1).mean(0), (flags == 0).mean(0)  # (K,) each
order = np.argsort(hidden + missing)
ax.barh(range(len(order)), hidden[order], label="occluded", color="#E69F00")
ax.barh(range(len(order)), missing[order], left=hidden[order], hatch="//",
        label="not labelled", color="#56B4E9")
ax.set_yticks(range(len(order)), [names[k] for k in order])
ax.set(xlabel="share of the people", title="Hidden and missing joints")
ax.legend()
plots.show(fig, "Bars: for each joint, the share of people in whom it is occluded, "
           "and the share in whom it is not labelled.")

# %% [markdown]
# ## 5 · Find the junk (8 minutes)
#
# LSP-extended was labelled by many hands, and often a joint was left out. Its file has to have
# *some* number there. Be a detective: what is it? If you do not have the real file, the next
# cell **makes one up**: synthetic people in the official format, with junk of the same kind.

# %%
if DATASET == "lspet":
    extended = people  # the real file
else:
    shapes = [(160, 240), (180, 220), (200, 200), (210, 180), (220, 150), (240, 140)]
    pictures = [synthetic.People(seed=SEED, size=shapes[i % 6])[i]
                for i in range(RENDERED)]
    folder = lsp_format.lsp_extended(tempfile.mkdtemp(), pictures, seed=SEED)
    extended = LSPExtended(folder)  # made up, read as the real one is

raw = extended.joints  # (N, 14, 3) as in the file: x, y, flag
print(raw.shape)

# %%
worst = np.argsort(raw[..., 2].sum(1), kind="stable")[0]
for joint, (x, y, flag) in zip(skeletons.get("lsp14").joints, raw[worst]):
    print(f"{joint:>15}  x {x:6.1f}  y {y:6.1f}  flag {flag:.0f}")

# %% [markdown]
# **See something?** Before you read on: what do the lines with flag 0 have in common, and what
# would happen to a network that is asked to predict them?

# %%
labelled = raw[..., 2] == 1  # (N, 14)
fig, ax = plt.subplots(figsize=(8, 5), layout="constrained")
ax.plot(*raw[labelled][:, :2].T, ".", ms=3, alpha=0.4, label="flag 1")
ax.plot(*raw[~labelled][:, :2].T, "x", ms=7, label="flag 0")
ax.axhline(-0.5, color="black", lw=1)
ax.axvline(-0.5, color="black", lw=1)
ax.invert_yaxis()
ax.set(xlabel="x, pixels", ylabel="y, pixels (down)", aspect="equal",
       title="Every joint in the file: two kinds, far apart")
ax.legend()
plots.show(fig, "Scatter plot of all joint coordinates: labelled ones inside the "
           "images, unlabelled ones on the two axes, at or below 0.")

# %% [markdown]
# They lie on the axes, at negative x *or* negative y or at (0, 0), and all those of one image at the same
# place. So the value depends on the **image**. What could it be? Plot it against
# the image's shape.

# %%
use = [i for i in range(len(raw)) if not labelled[i].all()][:2000]
size = np.array([extended.size(extended.entries.index(i + 1)) for i in use
                 if i + 1 in extended.entries])  # (n, 2) height, width
junk = np.array([raw[i, ~labelled[i], :2][0] for i in use if i + 1 in extended.entries])
wider = size[:, 1] - size[:, 0]  # (n,)

fig, ax = plt.subplots(figsize=(7, 4), layout="constrained")
ax.plot(wider, junk[:, 0], "o", ms=6, label="x of the junk")
ax.plot(wider, junk[:, 1], "x", ms=8, label="y of the junk")
ax.set(xlabel="width − height of the image, pixels", ylabel="pixels",
       title="The junk is half of the difference")
ax.legend()
plots.show(fig, "Two bent lines: the junk's x falls to half of width minus height "
           "for upright images, its y to half of height minus width for wide ones.")

# %% tags=["check"]
corner = np.minimum(0, np.stack([wider, -wider], axis=1) / 2)
print(f"explained to the pixel: {(np.abs(junk - corner).max(1) < 1).mean():.0%}")

# %% [markdown]
# **Explain.** The labelling tool laid each image in the middle of a square. A joint that was
# never clicked kept the place (0, 0) of that *square*, and when the square was cut back to the
# image, (0, 0) became a corner outside it. On the real file this explains every one of the
# 10,139 unlabelled joints of the first 6,000 images, to half a pixel. And mind this: in a
# square image the junk is at (0, 0), *inside*. "Throw away what is negative" does not work;
# the flag does.
#
# What does it cost to ignore the flag? Take the dullest predictor there is, the mean.

# %%
scale = np.array([extended.size(i)[::-1] for i in range(len(extended))])[:, None]
rows = np.array(extended.entries) - 1  # which rows of the file these images are
xy, good = raw[rows, :, :2] / scale, labelled[rows]  # fractions of the image
naive = xy.mean(0)  # (14, 2) everything in the file
honest = np.array([xy[good[:, k], k].mean(0) for k in range(14)])
error = ((xy - naive) ** 2).sum(-1)  # (N, 14)

fig, axes = plt.subplots(1, 2, figsize=(8, 4.2), layout="constrained")
for ax, pose, title in zip(axes, (honest, naive), ("labelled only", "all in the file")):
    plots.show_pose(ax, pose, skeleton="lsp14")
    ax.set(xlim=(0.2, 0.8), ylim=(0.95, 0.05), title=f"mean pose: {title}")
    ax.set(xlabel="x / width", ylabel="y / height")
plots.show(fig, "Two mean poses: the one of labelled joints stands in the middle, "
           "the one of everything in the file is dragged towards the upper left "
           "corner and shrunk.")

# %% tags=["check-0.05", "key"]
share = error[~good].sum() / error.sum()
print(f"joints that are junk: {(~good).mean():.0%}")
print(f"their share of an unmasked squared error: {share:.0%}")

# %% [markdown]
# An eighth of the joints makes several times its share of the loss, and what a network learns
# from it is to move towards a corner. **Masks are not optional**: every loss and metric in
# this course takes `visible`. You write one in chapter 02, and a box that junk cannot touch in
# exercise 3 below.

# %% [markdown]
# ## 6 · Crops (4 minutes)
#
# A network takes squares of one size; photographs have people of every size anywhere. One
# affine map takes a person out: move the box's centre to the crop's centre, scale, turn, and
# perhaps mirror,
#
# $$ \begin{pmatrix} x' \\ y' \end{pmatrix} = z \begin{pmatrix} \cos\varphi & -\sin\varphi \\
# \sin\varphi & \cos\varphi \end{pmatrix} \left(\begin{pmatrix} x \\ y \end{pmatrix} - c
# \right) + c', \qquad c' = \tfrac{S - 1}{2} + \text{shift}. $$
#
# Here $c$ is the box's centre, $z$ the scale, $\varphi$ the angle, $S$ the side of the crop in pixels
# and $c'$ the crop's centre, or a little beside it (*shift*); a mirrored crop has its x turned round as
# well (section 7). The *same* map moves the pixels and the joints, and its inverse brings
# predictions back.
# Play with it, if you run this live:

# %%
sample = synthetic.People(seed=SEED, size=256, difficulty="easy")[7]
box = geometry.keypoint_box(sample.keypoints[0])
wide = np.pad(sample.image, ((256, 256), (256, 256), (0, 0)), mode="edge")


def draw_crop(ax, rotation, scale, flip):
    person = (wide, sample.keypoints[0] + 256, sample.visible[0], box + 256)
    mirror = skeletons.get("lsp14").flip if flip else None
    crop = geometry.crop(*person, 128, rotation=rotation, scale=scale, flip=mirror)
    ax.imshow(crop.image)
    plots.show_pose(ax, crop.keypoints, crop.visible)
    ax.set(title=f"{rotation}°, × {scale:g}{', flip' * flip}", xticks=[], yticks=[])
    ax.set(xlim=(-0.5, 127.5), ylim=(127.5, -0.5))


# %%
shown = [(0, 1.0, False), (40, 1.0, False), (-20, 1.4, False), (0, 0.8, True)]
explore(draw_crop, "The same person cropped four times: upright, turned by 40 "
        "degrees, enlarged, and mirrored; the joints stay where they belong.",
        [dict(zip(("rotation", "scale", "flip"), values)) for values in shown],
        {"rotation": (-180, 180, 10), "scale": (0.5, 2.0, 0.1),
         "flip": [False, True]}, width=2.8)

# %% [markdown]
# The way back is the inverse of the map:

# %% tags=["check"]
matrix = geometry.crop_matrix(box, 128, rotation=40, scale=1.4, flip=True)
there = geometry.transform(matrix, sample.keypoints[0])
back = geometry.transform(geometry.invert(matrix), there)
print("there and back again:", np.allclose(back, sample.keypoints[0], atol=1e-3))

# %% [markdown]
# Two things to notice. The aspect ratio is kept: a crop that stretches tall boxes into squares
# teaches a network wrong proportions. And turning, scaling and moving are **one** resampling:
# chains of separate steps blur the image a little more at each.

# %% [markdown]
# ## 7 · Flips, and the most frequent bug of the field (5 minutes)
#
# A mirror image is a free second photograph. **Predict:** you mirror the image and take each
# joint's x to `width - 1 - x`. What is wrong with the label now?

# %%
flip = skeletons.get("lsp14").flip  # for each joint, the index of its mirror image
mirrored = sample.image[:, ::-1]
wrong = sample.keypoints[0].copy()
wrong[:, 0] = 256 - 1 - wrong[:, 0]
right = wrong[flip]

# %%
shown = [("the original", sample.image, sample.keypoints[0]),
         ("mirrored: x only  ✗", mirrored, wrong),
         ("mirrored: x and names  ✓", mirrored, right)]
fig, axes = plt.subplots(1, 3, figsize=(12, 4.4), layout="constrained")
for ax, (title, image, pose) in zip(axes, shown):
    ax.imshow(image)
    plots.show_pose(ax, pose)
    ax.set(title=title, xticks=[], yticks=[])
plots.show(fig, "A person who faces us, three times. In the middle the image is "
           "mirrored and the left limbs, blue, are on the person's right. On the "
           "right both are mirrored.")

# %% [markdown]
# **Look at the colours.** This person faces you, so their left (blue, solid) is on *your*
# right. In the middle image blue is on your left: the label calls the right arm left.
# The dots are all on the body, the loss goes down, the bug is invisible, until you look at
# the colours.
#
# What does a network make of it? Half of the time it is told that the arm on your right is
# the left one, half of the time that it is the right one. Its best answer is in between:

# %%
def in_box(points):
    """Fractions (N, K, 2) of the box around each person's labelled joints."""
    low = np.nanmin(points, 1, keepdims=True)
    high = np.nanmax(points, 1, keepdims=True)
    return (points - low) / np.maximum(high - low, 1)


easy = synthetic.People(seed=SEED, count=RENDERED, difficulty="easy")  # they face us
unit = in_box(gather(easy)[0])  # (N, 14, 2)
bad = unit * [-1, 1] + [1, 0]  # x mirrored, names kept
means = [np.nanmean(np.concatenate([unit, other]), 0) for other in (bad[:, flip], bad)]

# %%
fig, axes = plt.subplots(1, 2, figsize=(7, 4.4), layout="constrained")
titles = ("flips with names  ✓", "flips without names  ✗")
for ax, pose, title in zip(axes, means, titles):
    plots.show_pose(ax, pose)
    ax.set(xlim=(0, 1), ylim=(1.05, -0.05), title=title, xlabel="x / box width")
axes[0].set_ylabel("y / box height")
plots.show(fig, "Two mean poses over people who face the camera. With the names "
           "swapped it is a person; without, left and right fall onto one line in "
           "the middle.")

# %% [markdown]
# How far apart are the shoulders in the two poses?

# %% tags=["check-0.05", "key"]
shoulders = [skeletons.get("lsp14").index(f"{side}_shoulder")
             for side in ("left", "right")]
for title, pose in zip(("with", "without"), means):
    apart = abs(np.diff(pose[shoulders, 0])[0])
    print(f"shoulders, flips {title} names: {apart:.2f} box widths apart")

# %% [markdown]
# Left and right collapse onto one line. A real network is cleverer than a mean, and so it fails
# less visibly: arms that swap sides from frame to frame. In posekit a flip cannot be had
# without the renaming: `geometry.crop(flip=skeleton.flip)` does both or neither, and the order
# of the renaming is *derived from the names*, so no table of numbers can be wrong.

# %% [markdown]
# ## 8 · Half a pixel (6 minutes)
#
# Where is pixel 0? In this course its **centre** is at 0, so an image of width $W$ reaches
# from $-0.5$ to $W - 0.5$. Shrink it by a stride $s$ and one cell covers $s$ pixels:
#
# $$ x_\text{cell} = \frac{x + 0.5}{s} - 0.5 \qquad\text{and not}\qquad \frac{x}{s} . $$
#
# **Measure, don't believe.** Draw a soft dot at a known place, let OpenCV shrink the image,
# and find the dot's centre of mass.

# %%
def dot(x, y, side=96):
    """An image (side, side) of a soft dot at (x, y)."""
    rows, columns = np.mgrid[:side, :side]
    return np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * 6**2))


def centre_x(picture):
    return (picture.sum(0) * np.arange(picture.shape[1])).sum() / picture.sum()


x = 39.5
small = {s: cv2.resize(dot(x, x), (96 // s, 96 // s), interpolation=cv2.INTER_AREA)
         for s in (2, 4, 8)}

# %% [markdown]
# Where is the dot now? Compare what is measured with both formulas.

# %% tags=["check"]
for s, picture in small.items():
    print(f"stride {s}: measured {centre_x(picture):.2f}, (x + 0.5)/s - 0.5 = "
          f"{(x + 0.5) / s - 0.5:.2f}, x/s = {x / s:.2f}")

# %%
fig, ax = plt.subplots(figsize=(6, 4.6), layout="constrained")
ax.imshow(small[8], cmap="gray")
ax.plot(geometry.pixel_to_cell(x, 8), geometry.pixel_to_cell(x, 8), "o", ms=14, mew=3,
        mfc="none", label="(x + 0.5)/s − 0.5")
ax.plot(x / 8, x / 8, "x", ms=14, mew=3, label="x/s")
ax.set(xlabel="cell", ylabel="cell", title="Stride 8: which mark is in the middle?")
ax.legend(loc="lower right")
plots.show(fig, "An image of 12 by 12 cells with a soft white dot. The circle of "
           "the right formula is in its middle, the cross of x over s is off to the "
           "lower right.")

# %% [markdown]
# At stride 8 the wrong formula is 0.44 of a cell off along each axis: that is 3.5 pixels of the input.
# What does that cost? Take a
# **perfect** network, and let only the formula be wrong on the way back, in crops of 64 pixels.

# %%
small_crops = cache_crops(some, size=64, margin=1)
truth, seen = small_crops.keypoints, small_crops.visible  # (N, K, 2), (N, K)
torsos = metrics.torso_lengths(truth, seen, people[0].skeleton)
strides = [1, 2, 4, 8]
scores = {limit: [metrics.pck(geometry.pixel_to_cell(truth, s) * s, truth, seen, torsos,
                              limit).value for s in strides] for limit in (0.1, 0.2)}

# %%
fig, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
for (limit, values), style in zip(scores.items(), ("o-", "s--")):
    ax.plot(strides, values, style, ms=9, lw=3, label=f"within {limit} of the torso")
ax.set(xlabel="stride of the heatmap, pixels", ylabel="PCK of a perfect network, %",
       xticks=strides, ylim=(-5, 105), title="What the forgotten half pixel costs")
ax.legend()
plots.show(fig, "Two falling curves: the score of perfect predictions decoded with "
           "the wrong formula drops with the stride, first for the strict threshold.")

# %% [markdown]
# The same in numbers:

# %% tags=["check-0.05", "key"]
for stride, strict, usual in zip(strides, scores[0.1], scores[0.2]):
    print(f"perfect, but x/s at stride {stride}: PCK@0.1 {strict:.0f} %, "
          f"PCK@0.2 {usual:.0f} %")

# %% [markdown]
# The same half pixel hides in three more places: MPII counts from **1** (subtract it, once); a
# flip takes x to `width - 1 - x`, not `width - x`; and a library's `resize` may align corners.
# Each is a constant offset: nothing crashes, and the score is a little lower than it could be.

# %% [markdown]
# ## 9 · Look at all labels at once (8 minutes)
#
# Before you train on data, draw all of it. Where do the joints lie, in the box
# around each person?

# %%
unit = in_box(points)  # (N, K, 2), NaN where unlabelled
shown = [name for name in names if name.startswith("left_")][-6:]
shown += [name for name in names if not name.startswith(("left_", "right_"))][:2]


def draw_spread(ax, name):
    for joint in {name, skeletons.mirror_name(name)}:
        colour = plots.COLOURS.get(joint.split("_")[0], plots.COLOURS["centre"])
        x, y = unit[:, names.index(joint)].T
        ax.plot(x, y, ".", ms=4, alpha=0.4, color=colour)
    ax.set(xlim=(-0.02, 1.02), ylim=(1.02, -0.02), title=name.replace("left_", ""))


# %%
fig, axes = plt.subplots(2, 4, figsize=(12, 6.4), layout="constrained", sharex=True,
                         sharey=True)
for ax, name in zip(axes.flat, shown):
    draw_spread(ax, name)
for ax in axes.flat[len(shown):]:
    ax.set_axis_off()
fig.supxlabel("x / box width")
fig.supylabel("y / box height")
plots.show(fig, "Eight clouds of dots: where each joint lies in its person's box, "
           "left in blue and right in vermilion. Ankles and wrists spread most, the "
           "hips least.")

# %% [markdown]
# Wrists go nearly everywhere, and ankles along the whole lower edge and far up at both sides; hips keep
# to the middle, and the neck to a band near the top. The places of a joint that moves are hard to
# predict: in most papers' tables the columns *wrist* and *ankle* are the lowest. How large are the
# people, and how much of each is
# labelled?

# %%
extent = np.nanmax(points, 1) - np.nanmin(points, 1)  # (N, 2) pixels
fig, axes = plt.subplots(1, 2, figsize=(11, 3.6), layout="constrained")
axes[0].hist(extent.max(1), bins=30, color="#56B4E9")
axes[0].set(xlabel="longer side of the person, pixels", ylabel="people",
            title="Person sizes")
axes[1].hist((flags > 0).sum(1), bins=np.arange(len(names) + 2) - 0.5, color="#009E73")
axes[1].set(xlabel="labelled joints", ylabel="people", title="Labels a person")
plots.show(fig, "Two histograms: the size of the people in pixels, and how many "
           "joints of a person are labelled.")

# %% [markdown]
# ### What does the mean pose score?
#
# A number without a *floor* tells nothing. So here is one for every later chapter: a "network"
# that never looks at the image. It takes the mean of all training poses, in the box, and
# stretches it into the box of each test person. A joint counts as found (**PCK**, *percentage of
# correct keypoints*) if it is within 0.2 of a length. **Predict** its score twice: once with the
# length of the *torso* (left shoulder to right hip), once with the longer side of the *box*.

# %%
mean_pose = np.nanmean(unit, axis=0)  # (K, 2)
test_points, test_flags = gather(catalog.load(DATASET, TEST, **OPTIONS))
low, high = np.nanmin(test_points, 1), np.nanmax(test_points, 1)  # (N, 2) each
guess = low[:, None] + mean_pose * (high - low)[:, None]  # (N, K, 2)
lengths = {
    "torso": metrics.torso_lengths(test_points, test_flags, people[0].skeleton),
    "box": metrics.box_lengths(np.concatenate([low, high], axis=1)),
}
floor = {name: metrics.pck(guess, test_points, test_flags, length)
         for name, length in lengths.items()}

# %%
fig, axes = plt.subplots(1, 2, figsize=(11, 4.4), width_ratios=[1, 2],
                         layout="constrained")
plots.show_pose(axes[0], mean_pose, skeleton=people[0].skeleton)
axes[0].set(xlim=(-0.05, 1.05), ylim=(1.05, -0.05), title="the mean pose",
            xlabel="x / box width", ylabel="y / box height")
where = np.arange(len(names))
for i, (name, hatch) in enumerate((("torso", ""), ("box", "//"))):
    axes[1].bar(where + 0.4 * i, floor[name].per_joint, 0.4, hatch=hatch,
                label=f"0.2 × {name}")
axes[1].set_xticks(where + 0.2, names, rotation=60, ha="right")
axes[1].set(ylabel="PCK, %", ylim=(0, 105), title="What it scores without looking")
axes[1].legend()
plots.show(fig, "Left: the mean pose as a skeleton. Right: its score for each joint, "
           "low with the torso as the length and more than twice as high with the "
           "box.")

# %% [markdown]
# And over all joints:

# %% tags=["check-0.05", "key"]
for name, score in floor.items():
    print(f"mean pose, PCK@0.2 of the {name}: {score.value:.1f} %")

# %% [markdown]
# **Explain.** Same guesses, same people: on the real LSP 20.1 % by the torso and 71.5 % by the
# box. The box is how PCK began: Yang and Ramanan (2013), who named it, took the longer side of the
# person's box. Later papers took the torso, which is shorter, and for MPII half of the head's size
# (**PCKh**: its length is 0.6 of the diagonal of the labelled head rectangle). A paper that reports
# "0.2 of the box" starts from 71.5. So in this course PCK means the *torso*, every table names its
# length, and every result stands beside this floor.

# %% [markdown]
# ## 10 · Feed the network (5 minutes)
#
# Reading a photograph from disk takes a millisecond or two, about as long as a small network
# needs to train on it, and on a GPU much longer. So people are cut out **once**, kept as small
# bytes (`cache_crops`), and each epoch takes a second, slightly different crop out of the
# first, a whole batch at a time.

# %%
photos = [synthetic.People(seed=SEED, size=(480, 640))[i] for i in range(16)]
files = [cv2.imencode(".jpg", photo.image)[1] for photo in photos]
matrices = [geometry.crop_matrix(photo.boxes[0], 64) for photo in photos]
cached = CropDataset(cache_crops(photos * 16, size=64), Augment(), seed=SEED)


def from_files():
    for file, matrix in zip(files, matrices):
        geometry.warp(cv2.imdecode(file, cv2.IMREAD_COLOR), matrix, 64)


def from_cache():
    return sum(len(batch.index) for batch in loader(cached, batch_size=32))


# %%
def milliseconds(work, repeats=5):
    """The fastest of several calls: other programs can only make one slower."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - start))
    return min(times)

# %% [markdown]
# Five convolutions stand for a small network, and the clock runs:

# %%
layers = []
for n, m, s in ((3, 32, 2), (32, 64, 2), (64, 64, 1), (64, 64, 1), (64, 14, 1)):
    layers += [torch.nn.Conv2d(n, m, 3, s, padding=1), torch.nn.ReLU()]
net = torch.nn.Sequential(*layers[:-1])
images = next(iter(loader(cached, batch_size=32))).images  # (32, 3, 64, 64)
print("five convolutions:", tuple(images.shape), "to", tuple(net(images).shape))

# %% tags=["key"]
threads = torch.get_num_threads()
torch.set_num_threads(1)  # on a busy machine two threads wait for each other
disk = milliseconds(from_files) / len(files)
cache = milliseconds(from_cache) / len(cached)
step = milliseconds(lambda: net(images).square().mean().backward())
torch.set_num_threads(threads)
print(f"an image from a JPEG file: {disk:.2f} ms")
print(f"an image from the cache, augmented: {cache:.3f} ms")
print(f"time spent waiting for the cache: {32 * cache / (32 * cache + step):.0%}")
print(f"time spent waiting for files: {32 * disk / (32 * disk + step):.0%}")

# %% [markdown]
# As a picture, for one batch of 32:

# %%
fig, ax = plt.subplots(figsize=(8, 2.6), layout="constrained")
ax.barh([1, 0], [32 * disk, 32 * cache], color="#E69F00", hatch="//", label="waiting")
ax.barh([1, 0], [step, step], left=[32 * disk, 32 * cache], color="#56B4E9",
        label="training step")
ax.set_yticks([1, 0], ["from files", "from the cache"])
ax.set(xlabel="milliseconds for a batch of 32", title="How long the network waits")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
plots.show(fig, "Two bars, a training step each: before it, the time that the "
           "network waits for its batch, long with files and a thin slice with the "
           "cache.")

# %% [markdown]
# And it is **repeatable**: crop *i* of epoch *e* under seed *s* is always the same, whatever
# was drawn before it, with and without worker processes. A bug that shows up in epoch 7 can be
# looked at again.

# %% tags=["check"]
again = CropDataset(cached.crops, Augment(), seed=SEED)
one, two = cached[(7, 5)], again.batch([2, 5], epoch=7)
later = cached[(8, 5)]
print("the same crop, alone and in a batch:", torch.equal(one.images[0], two.images[1]))
print("another epoch, another crop:", not torch.equal(one.images, later.images))

# %% [markdown]
# ## 11 · Your turn
#
# Four exercises, the last one hard, and an experiment. Each exercise has a stub that raises
# `NotImplementedError`: write your answer in its place and run the cell. `check` tries your function
# on inputs that break common mistakes; `hint()` gives one hint at a time; `solution()` shows ours.

# %%
ex = exercises.chapter("01_keypoint_data")

# %% [markdown]
# ### Exercise 1: who is whose mirror image?
#
# From a list of joint names, derive for each joint the index of its mirror image:
# `left_knee` and `right_knee` swap, `nose` stays. A side is what a name *begins* with.

# %%
def mirror_order(names):
    """names: a list of text. -> (joints,) whole numbers"""
    raise NotImplementedError


ex.mirror_order.check(mirror_order)
# ex.mirror_order.hint()
# ex.mirror_order.solution()

# %% [markdown]
# ### Exercise 2: one meaning of *visible*
#
# Turn each source's flag (section 4) into COCO's 0, 1, 2. A flag that the file does not have is
# NaN, and its joint unlabelled. Sources: `"coco"`, `"lsp"`, `"lspet"` and `"mpii"` (the `.mat`).

# %%
def to_coco(flags, source):
    """flags: an array of any shape. -> whole numbers of the same shape"""
    raise NotImplementedError


ex.to_coco.check(to_coco)
# ex.to_coco.hint()
# ex.to_coco.solution()

# %% [markdown]
# ### Exercise 3: a box that junk cannot touch
#
# The box around one person's labelled joints (`visible > 0`), grown by a factor about its
# centre. Whatever stands where a joint is unlabelled (junk, zeros, NaN) must not matter; where
# nothing is labelled at all the answer is NaN, four times.

# %%
def joint_box(points, visible, padding):
    """points: (joints, 2). visible: (joints,). -> (4,) x1, y1, x2, y2"""
    raise NotImplementedError


ex.joint_box.check(joint_box)
# ex.joint_box.hint()
# ex.joint_box.solution()

# %% [markdown]
# ### Exercise 4 (hard): the crop, to half a pixel
#
# Move one person's joints into a square crop of `size` pixels. The box is given by its *edges*
# (a whole image of width 100 has the edges -0.5 and 99.5); its longer side fills the crop, its
# centre is the crop's centre, and the aspect ratio is kept. With `mirror` (exercise 1's answer)
# the crop is flipped: mirror x *and* rename the joints. NaN stays NaN.

# %%
def crop_points(points, box, size, mirror=None):
    """points: (joints, 2) pixels. box: (x1, y1, x2, y2). -> (joints, 2) crop pixels"""
    raise NotImplementedError


ex.crop_points.check(crop_points)
# ex.crop_points.hint()
# ex.crop_points.solution()

# %% [markdown]
# ### An experiment: which length would you choose?
#
# Section 9 counted a joint as found within 0.2 of the torso, or of the box; MPII takes half of the
# head. **Predict** what the mean pose scores within half of the distance between the shoulders. Then
# measure it, and two lengths of your own. Begin with the cell below, and write your conclusion in
# three sentences: which lengths shrink when a person turns or bends, whom do they leave out, and which
# one would you print in a paper?

# %%
left, right = (names.index(f"{side}_shoulder") for side in ("left", "right"))
size = np.linalg.norm(test_points[:, left] - test_points[:, right], axis=-1)  # (N,)
own = metrics.Lengths(size, "distance between the shoulders")
score = metrics.pck(guess, test_points, test_flags, own, 0.5)
print(f"PCK@0.5 of the shoulders: {score.value:.1f} %, {score.count} joints counted")

# %% [markdown]
# <details><summary>What we found</summary>
#
# On 300 rendered people the mean pose scores 20.2 % within half of the shoulders' distance, and 13.1 %
# within 0.2 of the torso. But the shoulders' distance is nearly 0 in a person seen from the side, and
# then nothing counts as found. The torso shrinks too, when somebody bends towards the camera, and
# seldom so far. Whatever you choose, print it beside the figure, and print the mean pose's figure
# under it.
#
# </details>

# %% [markdown]
# ## 12 · Real data (4 minutes)
#
# Everything above runs on the real sets: set `DATASET` to `"lsp"`, `"lspet"`, `"coco"` or
# `"mpii"` and run all. They are other people's photographs, so they are not part of this course
# (seven of COCO's, which may be shown, are: `catalog.load("photos")`):
# `posekit data get lsp` fetches a set from its owner's site or from your lab's mirror
# (`POSEKIT_MIRROR`), and `posekit data check lsp` opens every file and counts what is odd.
#
# <details><summary>For the curious: what came out on them</summary>
#
# Recorded on 20 November 2026 with `POSEKIT_MIRROR` set, `PROFILE = "full"` and each `DATASET`
# in turn; the first four rows by `posekit data check NAME`:
#
# | | LSP | LSP extended, images 1–6000 | COCO, 60 images | MPII, 5 images |
# |---|---|---|---|---|
# | images read, and damaged | 2,000, none | 6,000, none | 60, none | 5, none |
# | people | 2,000 | 6,000 | 154 | 5 |
# | joints labelled | 28,000 | 73,861 | 1,452 | 76 |
# | joints unlabelled | none | 10,139 (12 %) | 1,166 (45 %) | 4 |
# | of the labelled, occluded | 2,044 (7.3 %) | not known | 194 (13 %) | not known (JSON) |
# | labelled outside the image | 2 | 2 | 0 | 0 |
# | junk's share of an unmasked squared error | – | 53 % | – | – |
# | mean pose, PCK@0.2 of the **torso** | 20.1 % | 4.9 % | 25.9 % | – |
# | mean pose, PCK@0.2 of the **box** | 71.5 % | 23.4 % | 48.8 % | – |
#
# The mean pose is learned on the train split and scored on the test split (for LSP extended on
# its val split, images 5001–5500, on 28 November; for COCO on 32 images: a sketch). Look at LSP
# extended: its gymnasts and jumpers are upside down in a quarter of the images, so their mean
# is a small knot in the middle, and a network that has only ever seen people standing fails
# there as well.
#
# </details>

# %%
if DATASET == "synthetic":
    print("DATASET is 'synthetic': the table above is from runs on the real sets.")
else:
    print(people)
    print(f"{len(points)} people, {(flags > 0).sum()} labelled joints")

# %% [markdown]
# ## 13 · Recap
#
# - A **joint set** is a list of names. Sets share twelve joints and agree on little else;
#   convert by name, and report what was made up.
# - **`visible`** means something else in each file. Readers turn it into 0, 1, 2 at the door.
# - **Unlabelled joints hold junk**, even inside the image. Go by the flag, mask every loss.
# - A **flip** swaps x *and* the names of left and right. Look at the colours.
# - **Pixel centres are at integers**: $(x + 0.5)/s - 0.5$, and `width - 1 - x`.
# - **PCK needs a length and a floor**: the mean pose scores 13 % by the torso and 61 % by the box on
#   this notebook's people, 20 % and 72 % on LSP's.
# - Decode once, crop often: a network should not wait for its data.
#
# ### Quiz
#
# **1. A colleague's network finds all joints, but left and right swap from frame to frame. Where
# do you look first?**
#
# <details><summary>Answer</summary>
#
# At a batch, after augmentation, with left and right in two colours. A flip that mirrors x and
# keeps the names puts left labels on right arms in half of the images, and everything else
# looks right. Then at the joint order: was a table of flip indices typed in by hand?
#
# </details>
#
# **2. "We leave out joints with negative coordinates, so LSP-extended's junk is gone." Is it?**
#
# <details><summary>Answer</summary>
#
# No. The junk is the corner of the square around the image; for a square image that is
# (0, 0), which is inside. And a labelled joint may well lie a little outside an image. The flag
# tells what is labelled; coordinates do not.
#
# </details>
#
# **3. Paper A reports 88 % PCK@0.2, paper B 71 %. Which network is better?**
#
# <details><summary>Answer</summary>
#
# Nobody can tell yet. If A divides by the box and B by the torso, A's floor, the mean pose in
# the true box, is 71.5 % on LSP, and B's is 20.1 %: B may well be the better one. Ask for the
# length, for whether the true box was given, and which joints were counted.
#
# </details>
#
# **4. A joint's x is 100 in a crop of 256 pixels. The crop is shrunk to 64 pixels, a stride of 4. In
# which cell coordinate is the joint?**
#
# <details><summary>Answer</summary>
#
# $(100 + 0.5) / 4 - 0.5 = 24.625$. With $x / s$ it would be 25, which is 1.5 pixels of the crop
# too far right.
#
# </details>
#
# **5. You train on LSP and read LSP extended's flag as if it were LSP's. What does the network learn
# from?**
#
# <details><summary>Answer</summary>
#
# LSP's flag is 1 where a joint is **occluded**; LSP extended's is 1 where it is **labelled**. With
# LSP's meaning every labelled joint of LSP extended counts as occluded, and every unlabelled one, the
# junk, as visible. A mask that leaves out the unlabelled joints finds none to leave out: the network
# learns the junk, too.
#
# </details>
#
# ### Where this comes from
#
# - S. Johnson, M. Everingham, *Clustered Pose and Nonlinear Appearance Models for Human Pose
#   Estimation*, BMVC 2010 (LSP), and *Learning Effective Human Pose Estimation from Inaccurate
#   Annotation*, CVPR 2011 (LSP extended).
# - M. Andriluka, L. Pishchulin, P. Gehler, B. Schiele, *2D Human Pose Estimation: New Benchmark
#   and State of the Art Analysis*, CVPR 2014 (MPII).
# - T.-Y. Lin et al., *Microsoft COCO: Common Objects in Context*, ECCV 2014.
# - Y. Yang, D. Ramanan, *Articulated Human Detection with Flexible Mixtures of Parts*, PAMI
#   2013 (PCK).
# - J. Huang, Z. Zhu, F. Guo, G. Huang, *The Devil Is in the Details: Delving into Unbiased Data
#   Processing for Human Pose Estimation*, CVPR 2020 (what half pixels cost a good network).
#
# **Next:** chapter 02, the simplest network there is: an image in, numbers out.
