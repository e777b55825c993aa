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
#     title: Part affinity fields
#     promise: Find any number of people in one pass of one network, put their joints together, and be scored as COCO scores.
#     minutes: 75
#     real_data: [coco]
# ---

# %% [markdown]
# # 05 · Part affinity fields: which joint belongs to whom?
#
# **In this chapter one network looks once at an image and finds everybody in it. You take
# OpenPose apart: its two kinds of maps, the line integral that joins two joints, and the
# matching that makes people of pairs. At the end the result is scored as COCO scores it.**
#
# | | |
# |---|---|
# | Time | 75 minutes of reading and trying, and the exercises |
# | Run, `quick`, 2 CPU cores | about 50 s, 1.8 GB of memory |
# | Run, `full`, GPU | not measured |
# | You will | **encode** limbs as fields · **score** a limb by a line integral · **match** joints, greedily and exactly · **compare** two ways of grouping · **compute** OKS and AP |
# | Before you start | chapter 03: heatmaps, and how a peak is read between cells |

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
PROFILE = "quick"  # smoke, quick or full: how much this notebook runs
DATASET = "synthetic"  # or "coco": its photographs are scored too
SEED = 0  # same seed, same people, same networks

# %%
import time
from functools import partial
from math import factorial

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

# %%
from posekit import catalog, checkpoints, coco_results, crowds, exercises, plots
from posekit import oks as similarity
from posekit import skeletons, synthetic, tasks, widgets
from posekit.codecs import assembly
from posekit.codecs.centres import Centres, guess_joints
from posekit.codecs.heatmaps import GaussianHeatmaps
from posekit.codecs.pafs import PartFields
from posekit.data.scenes import SceneDataset
from posekit.geometry import cell_to_pixel, pixel_to_cell
from posekit.models.openpose import OpenPose
from posekit.tasks.crowds import rendered, score

# %%
plots.style()
torch.set_num_threads(1)  # networks this small gain nothing from a second core
SCENES = {"smoke": 2, "quick": 6, "full": 100}[PROFILE]  # of each kind
PEOPLE = {"smoke": 4, "quick": 36, "full": 400}[PROFILE]  # of each group that is scored
BODY, COCO = skeletons.get("openpose18"), skeletons.get("coco17")
ELBOW, WRIST = BODY.index("right_elbow"), BODY.index("right_wrist")
FOREARM = BODY.limbs.index(("right_elbow", "right_wrist"))
SIZE = (256, 384)  # pixels of our scenes: height, width
codec = PartFields("openpose18", SIZE)  # maps of 64 x 96 cells, stride 4

# %% [markdown]
# ## 1 · The result first (2 minutes)
#
# Three rendered scenes that the network never saw. It looks once at each of them, however many
# people stand there.

# %%
model, card = checkpoints.load_pretrained("crowd")
scenes = [synthetic.People(SEED + 7, 20, SIZE, "coco17", people=n) for n in (2, 4, 7)]


def show_people(ax, image, people):
    """An image with everybody who was found."""
    ax.imshow(plots.draw_pose(image, people.keypoints, skeleton="openpose18"))
    ax.set_axis_off()


# %%
fig, axes = plt.subplots(1, 3, figsize=(13, 3.2), layout="constrained")
for ax, several in zip(axes, scenes):
    found = crowds.find_people(model, several[0].image, card["codec"])
    show_people(ax, several[0].image, found)
    ax.set_title(f"{len(several[0])} people, {len(found.keypoints)} found")
plots.show(fig, "Three rendered scenes of two, four and seven people, each with the "
           "skeletons that the network found.")

# %% [markdown]
# The counts are not all right: two scenes have one skeleton too many, the third has one too few.
# Section 9 measures how good the network is.
#
# ## 2 · Heatmaps of several people (6 minutes)
#
# Chapters 02 to 04 cut one person out and asked where that person's joints are. For many people
# one can do the same for each: find the boxes first, then run the network once per box. This is
# called **top-down**; its cost grows with the number of people, and where two people share a box
# it must guess whose joints are meant. **Bottom-up** methods turn the order around: one pass
# finds *all* joints of *everybody*, and then the joints are put together. OpenPose (Cao, Simon,
# Wei, Sheikh, 2017) is the best known of them, and the talk from which this chapter grew takes it
# apart: Alejandro Solano, *Deep Learning for Human Pose Estimation*, EuroSciPy 2018.
#
# The body here has 18 joints: COCO's 17, and the neck. COCO labels no neck, so it is made: the
# middle of the shoulders. One heatmap per joint can hold any number of people: it has one peak
# for each of them.

# %%
def labels(sample):
    """Joints (P, 18, 2) and visible (P, 18) of everybody, with the neck."""
    known = sample.keypoints, sample.visible
    return skeletons.convert(*known, "coco17", "openpose18")[:2]


def encoded(points, visible):
    """The maps that a network should predict for one image."""
    return codec.encode(torch.from_numpy(points)[None], torch.from_numpy(visible)[None])


scene = scenes[1][3]  # four people
points, visible = labels(scene)
targets = encoded(points, visible)

# %%
fig, axes = plt.subplots(1, 3, figsize=(13, 3.2), layout="constrained")
axes[0].imshow(scene.image)
for ax, channel, title in ((axes[1], ELBOW, "map of the right elbow"),
                           (axes[2], 18, "map of the background")):
    plots.heatmap_overlay(ax, scene.image, targets.heatmaps[0, channel], codec.stride)
    ax.set_title(title)
axes[0].set_title("four people")
axes[0].set_axis_off()
plots.show(fig, "A scene of four people; the heatmap of the right elbow, with a bump "
           "at each right elbow; the background's map, dark at all joints.")

# %% [markdown]
# The last map is the **background**: 1 minus the maximum of the others. In OpenPose it helps the
# training, since it asks a question of its own: is there any joint here? People are read off the
# 18 others.
#
# Chapter 03 read *one* peak per map. Now every cell that is higher than its eight neighbours, and
# higher than 0.1, is a peak; its place between the cells comes from a parabola, as in chapter 03.
#
# **Predict.** Two wrists are two cells apart. Should the map be the *sum* of the two bumps, or
# their *maximum*? How many peaks does each have?

# %%
line = GaussianHeatmaps((4, 64), stride=4, sigma=1.0)  # a map of one row
wrists = torch.tensor([[[29.5, 1.5]], [[37.5, 1.5]]])  # two people, 8 pixels apart
bumps = line.encode(wrists, torch.ones(2, 1))[:, 0, 0]  # (2, 16)
fig, ax = plt.subplots(figsize=(7, 3), layout="constrained")
ax.plot(bumps.sum(0), "--", color=plots.COLOURS["right"], label="sum")
ax.plot(bumps.amax(0), "o-", color=plots.COLOURS["left"], label="maximum")
ax.set(xlabel="cell", ylabel="height", title="Two wrists, two cells apart")
ax.legend()
plots.show(fig, "The sum of the two bumps has one flat peak between the wrists; the "
           "maximum has two peaks, at the wrists.")

# %% tags=["check"]
for name, row in (("sum", bumps.sum(0)), ("maximum", bumps.amax(0))):
    three = row.numpy() * [[0.9], [1], [0.9]]  # three rows, the middle one highest
    x = np.sort(assembly.find_peaks(three, 0.5)[:, 0])
    print(f"{name}: {len(x)} peaks, at x = {x.round(2).tolist()}")

# %% [markdown]
# **Explain.** The sum of two bumps this close has its peak *between* the wrists, where nobody has
# one. The maximum keeps both, so that is what OpenPose's paper takes. (The port *lightweight
# OpenPose* adds the bumps and cuts at 1, which here would leave a flat top.)
#
# The maps say where joints are, and not whose. How many ways are there to assign the joints of
# four people to four people? The first joint fixes the names; each other joint can be assigned in
# 4! ways.

# %% tags=["check"]
print(f"{factorial(4) ** 17:.1e} ways to make four people of 18 joints each")

# %% [markdown]
# ## 3 · Part affinity fields (7 minutes)
#
# Nearly all of these ways are absurd, because a forearm does not leap across the image. What is
# missing is a map that says: *here a right forearm passes, and it points this way*. That is a
# **part affinity field** (PAF): for each limb two maps, the x and the y of the unit vector from
# its first joint to its second, in every cell within one cell of the segment between them, and 0
# everywhere else. Where limbs of several people overlap, their vectors are averaged.

# %%
field = targets.pafs[0, 2 * FOREARM:2 * FOREARM + 2].numpy()  # (2, 64, 96): x, y
rows, columns = np.nonzero(np.abs(field).max(0))
x, y = cell_to_pixel(np.array([columns, rows]), codec.stride)
fig, ax = plt.subplots(figsize=(10, 5.5), layout="constrained")
ax.imshow(scene.image, alpha=0.5)
ax.quiver(x, y, *field[:, rows, columns], angles="xy", scale_units="xy", scale=0.27,
          pivot="mid", width=0.002, headwidth=4, headlength=4, headaxislength=4)
ax.set(title="The field of the right forearm, elbow to wrist",
       xlim=(x.min() - 25, x.max() + 25), ylim=(y.max() + 20, y.min() - 35))
ax.set_axis_off()
plots.show(fig, "Arrows along each person's right forearm, from the elbow to the "
           "wrist; no arrow anywhere else.")

# %% [markdown]
# All 19 limbs together have 38 maps. Two things deserve a look. The first is a cell where two
# limbs cross: here one forearm runs to the right, and another one down.

# %% tags=["check"]
cross = PartFields("openpose18", (64, 64))
two = torch.full((1, 2, 18, 2), torch.nan)  # two people, of whom little is labelled
two[0, 0, [ELBOW, WRIST]] = torch.tensor([[9.5, 33.5], [53.5, 33.5]])
two[0, 1, [ELBOW, WRIST]] = torch.tensor([[33.5, 9.5], [33.5, 53.5]])
crossing = cross.encode(two, torch.isfinite(two[..., 0]).byte() * 2)
middle = crossing.pafs[0, 2 * FOREARM:2 * FOREARM + 2, 8, 8]
print("where the two cross:", middle.tolist(), f"of length {middle.norm().item():.3f}")

# %% [markdown]
# **Explain.** The mean of two unit vectors at a right angle has length 0.71, so a decoder must not
# demand a length near 1.
#
# The second is somebody whose joint is **not labelled**. Where that joint is, nobody knows, so the
# loss must not look there: the joint's map is masked in the person's box, grown a little. The mask
# is not a detail: in 38 of the 75 images with people that the lab mirror's COCO files list, somebody
# is not labelled at all. Below, the right wrist of the person who stands on their hands, at the right,
# is not labelled. What the loss does not see is dark; the bright spot in the dark box is another
# person's right wrist, which is known.

# %%
fewer = visible.copy()
fewer[2, WRIST] = 0
masked = encoded(points, fewer)
fig, axes = plt.subplots(1, 2, figsize=(10, 3.5), layout="constrained")
for ax, joint in zip(axes, ("right_wrist", "left_wrist")):
    mask = masked.heatmap_mask[0, BODY.index(joint)].numpy()  # (64, 96)
    light = 0.1 + 0.9 * np.kron(mask, np.ones((4, 4)))[..., None]  # (256, 384, 1)
    ax.imshow(light * scene.image / 255)
    ax.set_title(f"where the loss looks: {joint.replace('_', ' ')}")
    ax.set_axis_off()
plots.show(fig, "For the right wrist the box of the person at the right is dark, but "
           "for the place of a neighbour's wrist; for the left wrist nothing is dark.")

# %% [markdown]
# ## 4 · The line integral (7 minutes)
#
# Is this elbow joined to that wrist? Read the field at ten points between the two, and at each of
# them take the part that points along the way, the **dot product** with the direction. The mean of
# the ten is 1 if the field follows the way all along, about 0 if it passes across, and negative if
# it points back. In OpenPose's paper this is an integral over the segment $\mathbf{p}(u)$, with $u$
# from 0 to 1, from joint $\mathbf{d}_1$ to $\mathbf{d}_2$; $\mathbf{L}_c$ is the field of limb $c$:
#
# $$E = \int_0^1 \mathbf{L}_c(\mathbf{p}(u)) \cdot
# \frac{\mathbf{d}_2 - \mathbf{d}_1}{\lVert \mathbf{d}_2 - \mathbf{d}_1 \rVert}\, du$$
#
# posekit's score of a pair differs from the integral in three ways: it is never negative; it is 0
# if fewer than eight of the ten samples point along the line, since a mean can hide a gap; and it
# is a little lower for a long line. (Where one person stands behind another, the field joins each
# neck to both hips, and two limbs of equal length are likelier than a long one and a short one.)
# So watch the score drop to 0 all at once. **Predict** at which angle. (The empty circle is the
# wrist.)

# %%
alone = encoded(points[:1], visible[:1])  # the first person's maps
own = alone.pafs[0, 2 * FOREARM:2 * FOREARM + 2].numpy()
arm = pixel_to_cell(points[0, [ELBOW, WRIST]], codec.stride)  # (2, 2) cells


middle = arm.mean(0)


def line_at(angle):
    """Both ends of the forearm, turned about its middle, (2, 2) cells."""
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    return middle + (arm - middle) @ [[c, s], [-s, c]]


# %%
def turned(ax, angle):
    """The turned line over the field, and its score; the empty circle is the wrist."""
    elbow, wrist = (np.array([[*end, 1]]) for end in line_at(angle))  # x, y, height
    value = assembly.limb_scores(own, elbow, wrist)[0, 0]
    ax.imshow(np.hypot(*own), cmap="Greys", vmax=1.5)
    ax.plot(*line_at(angle).T, "o-", c="C1", lw=3, ms=11, mew=3, mfc="w", markevery=[1])
    ax.set(xlim=middle[0] + (-4, 4), ylim=middle[1] + (4, -4), xticks=[], yticks=[],
           title=f"{angle}°: score {value:.2f}")


widgets.explore(turned, "A forearm's field in grey and the line between the joints, "
                "turned by 0, 20, 45 and 180 degrees, with its score.",
                [{"angle": a} for a in (0, 20, 45, 180)], {"angle": (-180, 180, 5)})

# %% [markdown]
# **Explain.** Turned by 20° the line still has a score of 0.94, and by 30° one of 0.78. From 35° on (the
# other way from 45° on) fewer than eight of its ten samples point along it, so the score is 0. At 180°
# it lies where it should, and points the wrong way.
#
# ## 5 · Matching: greedy or exact? (6 minutes)
#
# Every elbow with every wrist makes a table of scores, and each joint may be in one pair at most.
# OpenPose's paper names the **Hungarian method** (Kuhn, 1955), which finds the best total:
# **exact**. Its code takes the best pair, strikes out its row and its column, and goes on:
# **greedy**.

# %%
peaks = [assembly.find_peaks(heatmap.numpy()) for heatmap in targets.heatmaps[0, :18]]
table = assembly.limb_scores(field, peaks[ELBOW], peaks[WRIST])  # (elbows, wrists)
fig, ax = plt.subplots(figsize=(5, 4), layout="constrained")
ax.imshow(table, cmap="viridis", vmin=0, vmax=1)
for (i, j), value in np.ndenumerate(table):
    ax.text(j, i, f"{value:.2f}", ha="center", va="center", fontsize=13,
            color="black" if value > 0.6 else "white")
ax.set(xlabel="right wrist", ylabel="right elbow", title="The scores of all pairs",
       xticks=range(table.shape[1]), yticks=range(table.shape[0]))
plots.show(fig, "A table of scores of elbows with wrists: one high value in each row "
           "and each column.")

# %% [markdown]
# Here both agree. **Predict** what each of them does with this table, which two forearms that
# nearly touch can produce:

# %% tags=["check"]
close = np.array([[0.90, 0.85],
                  [0.80, 0.00]])
for matching in ("greedy", "exact"):
    pairs = assembly.match_limb(close, matching=matching)
    total = sum(pair.score for pair in pairs)
    joined = [(int(pair.start), int(pair.end)) for pair in pairs]
    print(f"{matching}: elbow and wrist {joined}, total {total:.2f}")

# %% [markdown]
# **Explain.** Greedy takes 0.90 and leaves the second elbow without a wrist. Exact gives up 0.05
# and both arms are whole. To find the best people from all limbs at once is NP-hard: nobody knows a
# method that is always fast. So both methods solve one limb after another.
#
# ## 6 · Putting people together (9 minutes)
#
# Now all limbs. The pairs of all 19 tables are sorted by their scores. Each joint begins as a
# person of its own, and each pair, the best first, makes one person of two, unless both already
# have a joint of the same kind: nobody has two left knees. (OpenPose's code, and exercise 4, go
# limb by limb instead.)

# %%
pairs = []
for number, (a, b) in enumerate(BODY.limb_indices):
    paf = targets.pafs[0, 2 * number:2 * number + 2].numpy()
    pairs += assembly.match_limb(assembly.limb_scores(paf, peaks[a], peaks[b]), number)
pairs.sort(key=lambda pair: -pair.score)

# %% [markdown]
# Drag the number of pairs, and watch limbs grow together.

# %%
def limbs_of(person):
    """Both ends of each of a person's limbs, in pixels."""
    at = {k: cell_to_pixel(peaks[k][i, :2], 4) for k, i in person.peaks.items()}
    return [(at[a], at[b]) for a, b in BODY.limb_indices if a in at and b in at]


def show_groups(ax, count):
    """The people that the best pairs make, each piece in a colour of its own."""
    ax.imshow(scene.image, alpha=0.6)
    ax.set(title=f"the best {count} pairs", xticks=[], yticks=[])
    people = assembly.put_together(pairs[:count], BODY.limb_indices)
    for colour, person in enumerate(people):
        for ends in limbs_of(person):
            ax.plot(*zip(*ends), color=plt.cm.tab20(colour % 20), linewidth=3)


# %%
widgets.explore(show_groups, "The people after the best 8, 24, 48 and all pairs.",
                [{"count": c} for c in (8, 24, 48, len(pairs))],
                {"count": (1, len(pairs))}, aspect=0.75)

# %% [markdown]
# These are the steps of `PartFields.decode`. It runs the slow ones, the peaks and the scores of pairs,
# in a compiled form that gives the same people. It keeps people of three joints or more, if the mean
# score of their limbs is at least 0.2. A **round trip** tests the decoder alone: true maps in, people
# out. Here with noise of standard deviation 0.02 on every cell:

# %%
def joints_found(found, truth, seen):
    """(P,) how many labelled joints of each lie within a cell of one person found."""
    away = np.linalg.norm(found[:, None] - truth, axis=-1)  # (found, people, joints)
    return ((away < codec.stride) & (seen > 0)).sum(-1).max(0, initial=0)


def round_trip(sample, matching="exact", noise=0.02, decode=codec.decode):
    """People found in a sample's noisy true maps, its joints, which are labelled."""
    p, v = labels(sample)
    rng = np.random.default_rng(SEED)
    noisy = [part[0].numpy() + noise * rng.standard_normal(part.shape[1:])
             for part in encoded(p, v)[:2]]
    return decode(*noisy, matching=matching).keypoints, p, v


# %% tags=["check"]
several = {n: synthetic.People(SEED, SCENES, SIZE, "coco17", people=n)
           for n in (1, 5, 20)}
for n, samples in several.items():
    shares = []
    for matching in ("greedy", "exact"):
        trips = [round_trip(sample, matching) for sample in samples]
        right = sum(joints_found(*trip).sum() for trip in trips)
        shares.append(100 * right / sum((v > 0).sum() for _, _, v in trips))
    print(f"people in a scene: {n:2}; their joints that come back: "
          f"{shares[0]:.1f} % greedily, {shares[1]:.1f} % exactly")

# %% [markdown]
# Up to five people nearly every joint comes back, and of twenty people one joint in five is lost,
# whichever way the pairs are matched. Why? Look at how near the next person's joint of the same
# kind is.

# %% tags=["check"]
near, far = [0, 0], [0, 0]  # joints found, and all
for sample in several[20]:
    found, p, v = round_trip(sample, noise=0)
    away = np.linalg.norm(p[:, None] - p, axis=-1) + 1e9 * np.eye(20)[..., None]
    other = np.nanmin(np.where(v > 0, away, np.nan), axis=1) / 4  # (20, 18) cells
    for group, chosen in ((near, other < 2), (far, other >= 2)):
        group[0] += joints_found(found, p, v * chosen).sum()
        group[1] += ((v > 0) & chosen).sum()
for name, (right, labelled) in (("nearer than two cells", near), ("further", far)):
    print(f"another such joint is {name}: {right} of {labelled} found")

# %% [markdown]
# **Explain.** Two bumps that close can become one peak, and the vectors of two such limbs one
# mean: this decoder cannot separate them, whatever the matching. A finer stride or a larger input
# can. Where people stand so close, the limbs of the others suffer too.
#
# ### Why 19 limbs, and not 17?
#
# A tree that connects 18 joints has 17 connections. OpenPose has 19 limbs: the two more are *ear to
# shoulder*, left and right. **Predict** what they are good for. We erase the maps of nose and eyes, as
# if everybody looked away, and ask which ears still belong to somebody.

# %%
FACE = [BODY.index(joint) for joint in ("nose", "left_eye", "right_eye")]
MORE = [BODY.limbs.index((f"{side}_shoulder", f"{side}_ear"))
        for side in ("left", "right")]
EARS = np.isin(range(18), [BODY.index("left_ear"), BODY.index("right_ear")])


def turned_away(heatmaps, pafs, limbs=19, **options):
    """Decode without nose and eyes, and with 17 limbs or all 19."""
    heatmaps[FACE] = 0
    for number in MORE if limbs == 17 else ():
        pafs[2 * number:2 * number + 2] = 0
    return codec.decode(heatmaps, pafs, **options)


# %% tags=["check"]
for limbs in (17, 19):
    hits = total = 0
    for sample in several[5]:
        found, p, v = round_trip(sample, decode=partial(turned_away, limbs=limbs))
        hits += joints_found(found, p, v * EARS).sum()
        total += (v * EARS > 0).sum()
    print(f"{limbs} limbs: {100 * hits / total:.0f} % of the ears belong to somebody")

# %% [markdown]
# **Explain.** In the tree an ear hangs on an eye, and the eye on the nose. Without them no ear can
# belong to anybody. The limb from ear to shoulder joins it all the same: limbs beyond the tree are
# an insurance.
#
# ## 7 · The network (8 minutes)
#
# ```
# image 368 × 368 × 3
#    │  VGG19, conv1_1 … conv4_2 (three poolings: stride 8), two 3 × 3 convolutions
#    F  46 × 46 × 128
#    ├─ stage 1   F ──────────────── 3 × (3 × 3), 1 × 1, 1 × 1 ──►  38 fields    ─┐ loss
#    │            F ──────────────── 3 × (3 × 3), 1 × 1, 1 × 1 ──►  19 heatmaps  ─┤ loss
#    ├─ stage 2   fields, heatmaps, F ── 5 × (7 × 7), 1 × 1, 1 × 1 ──►  38 fields    ─┐ loss
#    │            fields, heatmaps, F ── 5 × (7 × 7), 1 × 1, 1 × 1 ──►  19 heatmaps  ─┤ loss
#    ⋮
#    └─ stage 6   the maps that count
# ```
#
# Each stage sees what the one before it predicted, and corrects it. (In the paper's figure, stage
# 1 confuses left and right wrists, and later stages mostly correct this.) In code, with the details
# left out:
#
# ```python
# features = narrow(vgg(image))
# seen = features
# for fields, heatmaps in zip(field_branches, heatmap_branches):
#     stage = fields(seen), heatmaps(seen)
#     loss = loss + error(stage, targets)          # every stage is trained
#     seen = torch.cat([*stage, features], dim=1)  # 38 + 19 + 128 channels
# ```
#
# posekit has the reference build, to be counted and not to be trained: a *meta* tensor has a
# shape and no numbers.

# %% tags=["check"]
with torch.device("meta"):
    reference = OpenPose()
    photograph = torch.empty(1, 3, 368, 368)
with FlopCounterMode(display=False) as counter:
    stages = reference(photograph)
weights = sum(p.numel() for p in reference.parameters())
billions = counter.get_total_flops() / 2e9
print(f"{weights:,} weights, {billions:.1f} billion multiplications")
print(f"{len(stages)} stages of {tuple(stages[0].pafs.shape[1:])} fields and "
      f"{tuple(stages[0].heatmaps.shape[1:])} heatmaps")

# %% [markdown]
# How far does a cell see? Each convolution of size *k* on a map of stride *s* widens the view by
# (*k* − 1) · *s* pixels, and each 2 × 2 pooling by one old stride; then the stride doubles.

# %% tags=["check"]
VGG = [3, 3, "pool", 3, 3, "pool", 3, 3, 3, 3, "pool", 3, 3]
view, stride = 1, 1
for kernel in VGG + [3, 3]:  # the last two make the features F
    view += stride if kernel == "pool" else (kernel - 1) * stride
    stride *= 2 if kernel == "pool" else 1
for stage in range(1, 5):
    view += 3 * 2 * stride if stage == 1 else 5 * 6 * stride
    print(f"stage {stage}: a cell sees {view} × {view} pixels")

# %% [markdown]
# Stage 1 sees a square of not quite half the input's width, a fifth of its area. From stage 2 on a
# cell in the middle sees the whole image; a cell in a corner, from stage 4 on.
#
# A loss at every stage is called **intermediate supervision**. First, a stage can only correct maps
# if the one before it predicts maps. The second reason is the gradient. Which of the six losses
# reaches the very first convolution, in the untrained network, and which the first layer of stage 1?

# %%
torch.manual_seed(SEED)
deep, noise = OpenPose(), torch.rand(1, 3, 64, 64)  # real numbers now, untrained
for number in range(6):
    deep.zero_grad()
    stage = deep(noise)[number]
    sum(((part - 1) ** 2).mean() for part in stage).backward()
    first, own = (layer.weight.grad.norm().item()
                  for layer in (deep.vgg[0], deep.pafs[0][0]))
    print(f"loss of stage {number + 1}: a gradient of length {first:.0e} at the first "
          f"convolution, {own:.0e} in stage 1")
del deep

# %% [markdown]
# **Explain.** At the first convolution the gradient of stage 1's loss is more than ten times as long as any
# other. The features F enter every stage, so the shortest way back has 17 convolutions from stage 1 and
# 19 from each later one; the long ways, up to 52, add almost nothing. The layers of stage 1 have no such
# short cut: of the later losses next to nothing reaches them. In this untrained network, with PyTorch's
# default initialisation, each convolution shrinks the gradient. (Batch normalisation and shortcuts, both from
# 2015, help against the same problem; VGG19 is older and has neither.)
#
# ## 8 · A network that a laptop can train (9 minutes)
#
# 136 billion multiplications are too many for us. Our network is chapter 03's U-shape, down to
# stride 32 and up again to stride 4, and it starts from the weights that `heatmap` learnt there:
# it knows rendered people, one at a time. It predicts four kinds of maps from the same features:
#
# ```
# image 256 × 384 × 3 ──► U-shape of chapter 03 ──► features 64 × 96 × 32
#                              ├─ two 3 × 3 convolutions ─┬─ 1 × 1 ──► heatmaps 19
#                              │                          └─ 1 × 1 ──► fields 38
#                              └─ two 3 × 3 convolutions ─┬─ 1 × 1 ──► centres 1
#                                                         └─ 1 × 1 ──► offsets 36
# ```
#
# ```python
# features = unet(image)                 # chapter 03's network without its last layer
# parts, people = tower(features), tower(features)
# return heatmaps(parts), fields(parts), centres(people), offsets(people)
# ```

# %% tags=["check"]
print(card["network"]["name"], f"{card['parameters']:,} weights")
with torch.no_grad():
    maps = model.predict(torch.zeros(1, 3, 256, 384))
for name, part in maps._asdict().items():
    print(f"{name:>9}: {tuple(part.shape[1:])}")

# %% [markdown]
# The heatmaps and the fields are OpenPose's. The *centres* and *offsets* are a second way to tell
# people apart, to which section 10 comes.
#
# **Which loss?** In a map of four people about 99 of 100 cells are empty. OpenPose takes the squared
# error. Chapter 03's cross entropy shared one probability among all cells, which is right for one
# wrist per image. Here each cell answers alone, through a sigmoid: is the joint here, yes or no?
# That is **binary cross entropy**. Its **focal** form (Lin et al., 2017; for targets between 0 and
# 1, Li et al., 2020) multiplies it by the square of the cell's error, so that cells which are nearly
# right count for little. **Predict** which of the two finds people sooner.

# %% [markdown]
# Recorded: the first two of twenty epochs of 5,000 scenes, the same in all but the loss, about five
# minutes each on one core (Zen 4), AP (section 9) on 48 scenes of the val split, seed 0, 2026-11-28:
#
# | loss of the heatmaps | epoch 1 | epoch 2 |
# |---|---|---|
# | focal | 0.007 | 0.013 |
# | binary cross entropy | 0.020 | **0.075** |
#
# One seed and two epochs are a hint, not a proof. A likely reason: to the focal loss a cell that
# predicts 0.25 where nothing is costs almost nothing, so maps stay broad as long as the network is
# unsure. Our heatmaps are trained by binary cross entropy; the fields by the squared error, divided
# by that of all zeros; the centres, of which there are few, by the focal loss; the offsets by the
# mean absolute error near the centres. All are masked. One training step, written out:

# %%
recipe = tasks.get("crowd")
plan = recipe.plans["smoke" if PROFILE == "smoke" else "quick"]
train, val = recipe.load("synthetic", plan, SEED, progress=False)
net = tasks.build(recipe, train, SEED)
tasks.start_from(net, recipe.start)  # chapter 03's weights, but for the heads
optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3)
batch = SceneDataset(train, recipe.augment, SEED).batch(range(8))
raw = net(batch.inputs())  # four kinds of maps
loss, joints = recipe.penalties(raw, batch)  # targets encoded, four penalties summed
optimizer.zero_grad()
loss.backward()
optimizer.step()
print(f"one step: loss {loss.item():.1f}, {len(train)} scenes, 8 of them in this batch")

# %% [markdown]
# `fit` does this again and again, as in the chapters before. A few seconds are enough to see the
# loss fall, and not to find people.

# %%
start = time.process_time()
history = tasks.fit_recipe(recipe, net, train, val, epochs=plan.epochs, seed=SEED)
fig, ax = plt.subplots(figsize=(7, 3), layout="constrained")
ax.plot(range(1, len(history) + 1), history.column("loss"), "o-")
ax.set(xlabel="epoch", ylabel="loss", title=f"{len(train)} scenes, a few epochs",
       xticks=range(1, len(history) + 1))
plots.show(fig, "The loss falls from epoch to epoch.")
print(f"{time.process_time() - start:.0f} s of the processor's time")

# %% [markdown]
# The network of section 1 went on for longer. Its card says what it learnt from:

# %%
print(f"{card['name']}: {card['command']}")
for entry in ("data", "hardware", "minutes", "epochs", "terms"):
    print(f"    {entry:>8}: {card[entry]}")

# %% [markdown]
# ## 9 · Scored as COCO scores: OKS and AP (8 minutes)
#
# PCK asked about one person at a time, and knew which one. With many people two questions come
# together: was each person found, and how well? COCO asks what is asked of detected boxes. There
# the overlap says how alike two boxes are; for people it is the **object keypoint similarity**
# (OKS):
#
# $$\text{OKS} = \frac{1}{N} \sum_{i:\, v_i > 0} \exp\left(-\frac{d_i^2}{2\, s^2 k_i^2}\right)$$
#
# with the distance $d_i$ of joint $i$, the person's area $s^2$, and $k_i = 2\sigma_i$; $\sigma_i$ is
# the standard deviation of COCO's own annotators at that joint, as a share of $s$. The sum goes over
# the $N$ joints that are labelled, $v_i > 0$. Each of them gives 1 where it is exact, and less the
# further it is off; a hip may be off further than an eye.

# %%
away = np.linspace(0, 60, 200)
moved = np.zeros((200, 17, 2))
moved[..., 0] = away[:, None]  # all joints so many pixels to the right of the truth


def falling(ax, area):
    """One joint's part of OKS over its distance, for a person of that area."""
    for joint, style in (("eye", ":"), ("wrist", "--"), ("hip", "-")):
        only = np.arange(17) == COCO.index(f"left_{joint}")  # the one that is labelled
        part = similarity.oks(moved, np.zeros((17, 2)), only, area)
        ax.plot(away, part, style, label=joint)
    ax.set(xlabel="distance, pixels", ylabel="part of OKS", title=f"area {area:,} px²")
    ax.legend()


# %%
widgets.explore(falling, "OKS falls with distance: fastest for an eye, slowest for a "
                "hip, and slower for a larger person.",
                [{"area": a} for a in (32**2, 96**2, 200**2)],
                {"area": (1000, 60000, 1000)}, width=4.2, aspect=0.8)

# %% [markdown]
# Now take a threshold, say 0.5, and go down the list of the people found from the surest to the
# least sure. Each is right if its OKS with a true person not yet taken is above the threshold. At
# each step, **precision** is the share of the people found so far that are right, and **recall** the
# share of the true people found so far. At each recall the line below takes the best precision that
# is reached there or further to the right. Five found, four true:

# %%
right = np.array([1, 1, 0, 1, 0])  # from the surest to the least sure
precision, recall = right.cumsum() / np.arange(1, 6), right.cumsum() / 4
best = [precision[recall >= r].max(initial=0) for r in np.linspace(0, 1, 101)]
fig, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
ax.plot(recall, precision, "o", label="after each person found")
ax.plot(np.linspace(0, 1, 101), best, label="the best from here on")
ax.set(xlabel="recall", ylabel="precision", ylim=(0, 1.05), title="Five people found")
ax.legend(loc="lower left")
plots.show(fig, "Precision against recall: 1 up to half of the people, 0.75 up to "
           "three quarters, then 0.")

# %% tags=["check"]
print(f"average precision: {np.mean(best):.3f}, recall at the end: {recall[-1]:.2f}")

# %% [markdown]
# **Average precision** (AP) is the area under the line, here 0.6875. COCO takes the mean of its height
# at the 101 recalls 0, 0.01, …, 1, which is nearly the same, and then the mean over the thresholds
# 0.50, 0.55, …, 0.95; **AR** is the recall at the end of the list, averaged likewise. *Medium* is an
# area of 32² to 96² pixels, *large* above. posekit writes results in COCO's own file format and lets
# `faster-coco-eval` compute the ten figures, so that they are the ones that everybody else prints.
# These are scenes of the test split, with 1 to 8 people by turns:

# %%
test = rendered("test", 4 * SCENES, crowds.SIDE, SEED)
report = score(model, test, card["codec"], crowds.SIDE, resamples=100)
print(coco_results.table(report))

# %% tags=["key"]
print(f"AP of the crowd network, %: {100 * report['figures']['AP']:.0f}")

# %% [markdown]
# Four of these scenes, with the people that the network found. Look where people hide each other:

# %%
fig, axes = plt.subplots(1, 4, figsize=(13, 3.5), layout="constrained")
for ax, n in zip(axes, (0, 2, 4, 7)):
    sample = test[n]
    found = crowds.find_people(model, sample.image, card["codec"])
    show_people(ax, sample.image, found)
    ax.set_title(f"people: {len(sample)}")
plots.show(fig, "Four of these scenes, of one, three, five and eight people, with the "
           "people that were found.")

# %% [markdown]
# The score is AP over *all* thresholds: a person whose joints are each off by a little counts at
# 0.5 and no longer at 0.9. Compare AP50 with AP75 in the table.
#
# Is it really the fields that join the joints? Mix up the 38 field channels, and leave the joints'
# maps as they are. (The offsets are mixed as well; this grouping does not read them.) **Predict**
# the AP.

# %% tags=["check"]
mixed = score(crowds.Shuffled(model), test, card["codec"], crowds.SIDE, resamples=0)
print("below 0.02:", mixed["figures"]["AP"] < 0.02)

# %% [markdown]
# **Explain.** The joints' peaks are all still there. Only who belongs to whom is lost, and AP falls
# to almost nothing.
#
# ## 10 · Another way to group: centres and offsets (6 minutes)
#
# Instead of asking which joints belong together, one can ask *where people are*: a map of their
# **centres**, and at each centre the way to each of its joints, the **offsets** (CenterNet: Zhou et
# al., 2019; MoveNet, 2021). The way is known only roughly, so each joint is moved to a nearby peak of
# its heatmap.

# %%
whole = Centres("openpose18", SIZE)
ways = whole.encode(torch.from_numpy(points)[None], torch.from_numpy(visible)[None])
tops = assembly.find_peaks(ways.centres[0, 0].numpy())  # one peak per person
guesses = cell_to_pixel(guess_joints(tops, ways.offsets[0].numpy()), 4)  # (4, 18, 2) px
fig, ax = plt.subplots(figsize=(8, 5), layout="constrained")
plots.heatmap_overlay(ax, scene.image, ways.centres[0, 0], 4, alpha=0.6)
for top, person in zip(cell_to_pixel(tops[:, :2], 4), guesses):
    for joint in person:
        ax.plot(*zip(top, joint), color="white", linewidth=1)
ax.set_title("Four centres, and the way from each to its joints")
plots.show(fig, "A bright spot at each person's centre, and lines to the joints.")

# %% [markdown]
# Our network predicts both, from the same features and with the same training. **Predict:** which
# grouping is better for one person, and which for a crowd? Each group has about as many people.
# *9 to 20* is more than the network ever learnt from: its scenes had at most eight.

# %%
groups = {"1": (1,), "2 to 4": (2, 3, 4), "5 to 8": (5, 6, 7, 8),
          "9 to 20": (9, 13, 20)}
ap = {"pafs": [], "centres": []}  # of each group: AP, and its interval
for counts in groups.values():
    images = []
    for n in counts:
        count = max(1, round(PEOPLE / len(counts) / n))
        images += catalog.load("synthetic", "test", seed=SEED, size=crowds.SIDE,
                               skeleton="coco17", count=count, people=n)
    for grouping, column in ap.items():
        result = score(model, images, card["codec"], crowds.SIDE, grouping=grouping,
                       matching="exact", resamples=50)
        column.append((result["figures"]["AP"], *result["interval"]))

# %%
fig, ax = plt.subplots(figsize=(7.5, 3.6), layout="constrained")
for shift, column, style, name in ((-0.04, ap["pafs"], "o-", "fields"),
                                   (0.04, ap["centres"], "s--", "centres and offsets")):
    value, low, high = np.array(column).T
    ax.errorbar(np.arange(4) + shift, value, [value - low, high - value], fmt=style,
                capsize=4, lw=2, label=name)
ax.set_xticks(range(4), groups)
ax.set(xlabel="people in the image", ylabel="AP", ylim=(0, 0.7), title="Two groupings")
ax.legend()
plots.show(fig, "AP of both groupings against the number of people, with intervals.")

# %% [markdown]
# **Explain.** The intervals are wide with so few people. Recorded with about 200 people in each group
# (`python tests/benchmarks/groupings.py`, 2026-11-30; AP and its 95 % interval). Both groupings read the same
# images, so their *difference* has an interval of its own, which is narrower:
#
# | people in the image | 1 | 2 to 4 | 5 to 8 | 9 to 20 |
# |---|---|---|---|---|
# | fields | 0.36 (0.32–0.41) | 0.51 (0.47–0.55) | 0.42 (0.38–0.45) | 0.20 (0.13–0.26) |
# | centres and offsets | 0.31 (0.28–0.35) | 0.45 (0.40–0.49) | 0.37 (0.34–0.42) | 0.17 (0.11–0.22) |
# | the fields have more | 0.05 (0.02–0.08) | 0.07 (0.04–0.09) | 0.04 (0.02–0.07) | 0.03 (0.01–0.04) |
#
# The intervals of the two rows overlap, and those of their difference do not contain 0: the fields are
# ahead in every group. The surprise is the single person, with whom both are poorer than with two to four
# people. She fills the image: her longer side has 243 pixels at the median, and in training 95 of 100
# people had less than 173. Seen at 192 instead of 384 pixels, the first 100 of these images have an AP of
# 0.70. *How large the network sees people* matters more here
# than how they are grouped; OpenPose can look at several sizes for that reason. In large crowds joints
# lie a few cells apart, as in section 6, and both fall.
#
# ## 11 · On photographs (5 minutes)
#
# Rendered people are not photographs. First the **decoder alone**, on real people: the labels of the
# seven photographs that come with posekit are encoded and decoded again. What is lost here, no
# network that is read by this decoder can give back.

# %% tags=["check"]
photos = catalog.load("photos", skeleton="coco17")
counts = np.zeros((2, 2), int)  # people without and with a neck: joints back, and all
for sample in photos:
    p, v = labels(sample)
    back = joints_found(crowds.oracle(sample, card["codec"]).keypoints, p, v)
    for person, neck in enumerate(v[:, BODY.index("neck")] > 0):
        counts[int(neck)] += back[person], (v[person] > 0).sum()
for name, (right, labelled) in zip(("without", "with"), counts):
    print(f"people {name} a neck: {right} of {labelled} labelled joints come back")

# %% [markdown]
# **Explain.** The neck is made of both shoulders. Where one of them is not labelled, there is no neck, and
# without the neck no limb joins a hip to a shoulder, or one hip to the other: both legs and the rest
# of the body are pieces of their own. (Only the ears still join the head to the arms.) The count takes
# one piece for each person. The hub of the tree is its weakest point.
#
# Now the network itself, on four of the photographs: COCO's labels above, what it found below. It
# learnt from rendered people only. Seven photographs are for looking at: they give no figure, and no
# network of this course learnt from them.

# %%
fig, axes = plt.subplots(2, 4, figsize=(13, 5), layout="constrained")
for (above, below), n in zip(axes.T, (0, 1, 3, 5)):
    sample = photos[n]
    plots.show_sample(above, sample)
    found = crowds.find_people(model, sample.image, card["codec"])
    show_people(below, sample.image, found)
axes[0, 0].set_title("labelled", loc="left")
axes[1, 0].set_title("found", loc="left")
plots.show(fig, "Four photographs: above with COCO's labelled people, below with the "
           "people that the network found.")

# %% [markdown]
# **See?** The network has never seen a photograph, and it shows. Of the four people at the table it finds
# three, without most of their arms; of the skater hardly more than a leg; and in the last image a person
# on the wall. On COCO's photographs in the box below it finds next to nobody well enough to count.
#
# (Photographs from Flickr, CC BY 2.0: 7866247804, 5438252538, 7290087816, 5056705611; a photo's
# page is `flickr.com/photo.gne?id=` and its number. Labels: COCO, CC BY 4.0.)
#
# **Learning from photographs too.** `posekit train crowd_photos` takes Leeds Sports Pose and its
# extended set besides. Their photographs show *one* labelled person each, and nothing can be learnt
# about grouping from one person. So four of them are put into one image, a **mosaic**, and what lies
# outside the labelled person's box counts for little in the loss, because others may stand there.
#
# <details><summary>For the curious: scored on COCO</summary>
#
# The lab mirror's 60 images of COCO, 12 body joints, AP and its 95 % interval by the bootstrap over
# images (`python tests/benchmarks/coco_people.py crowd --sides 448`, 2026-11-30; the third row is of 2026-11-28):
#
# | | AP |
# |---|---|
# | `crowd`, rendered people only | 0.02 (0.01–0.04) |
# | `crowd`, at 192, 256, 384 and 512 pixels (`--sides 192 256 384 512`) | 0.03 (0.01–0.06) |
# | `crowd_photos` with the smaller network of `crowd`, six epochs of 9,300 images, 40 minutes on a shared core | 0.03 (0.01–0.06) |
# | BlazePose, five poses at most | 0.14 (0.09–0.20) |
#
# On 1,000 rendered scenes `crowd` has 0.37 (0.36–0.38; `posekit eval crowd --data synthetic:test
# --people 1000 --matching exact --sides 384`), and **0.45** (0.44–0.46) where it looks at 192, 256, 384 and 512
# pixels and takes the mean of what agrees, as it does without `--sides`. (Its training took 600,000 views of 10,000 scenes; after a third
# of them it stood at 0.34 on the scenes of the val split, and at the end at 0.39.) With 56,000 views of images `crowd_photos` was far from useful. It is
# therefore a recipe, and does not come as weights. It now begins from chapter 03's `heatmap_photos`,
# whose backbone knows ImageNet; that form has *not been measured* yet.
#
# </details>
#
# With `DATASET = "coco"` the next cell scores the network of section 1 on photographs of COCO, on 12
# joints, since Leeds Sports Pose labels no face. Without it: `posekit data get coco`, see `DATA.md`.

# %%
if DATASET == "coco":
    images = catalog.load("coco", None, skeleton="coco17", everyone=True)
    real = [images[i] for i in range(min(len(images), 10 * SCENES))]
    found = score(model, real, card["codec"], crowds.SIDE, body=True, resamples=0)
    print(coco_results.table(found))
else:
    print("DATASET is 'synthetic': nothing to score here.")

# %% [markdown]
# ## 12 · Live (2 minutes)
#
# The network works on any number of people, on a webcam, a video or a folder of photographs:
#
# ```
# posekit live --model crowd
# posekit live --model crowd --source holiday.mp4 --out holiday_poses.mp4
# ```
#
# `--sides 192 384` says at which sizes the network sees the image, one look for each: larger ones find
# smaller people and take longer. Where nothing is said, it looks at 192, 256, 384 and 512 pixels and
# brings together whom it found: who is large is taken from a small image, and a person whom several looks
# found (an OKS of 0.5 or more between two) is kept once, each joint at the mean of the places that agree. On
# 240 rendered scenes of the val split the mean brings three points of AP. How to make it fast is chapter 06.

# %% [markdown]
# ## 13 · Your turn
#
# Four exercises, the last one hard, and an experiment. Write your answer in place of
# `raise NotImplementedError` and run the cell; `hint()` gives one hint at a time,
# `solution()` shows ours. Exercises 1, 2 and 4 in a row are OpenPose's way from fields
# to people. (posekit has functions of the same names, some of which do more. Do what the
# text here asks.)

# %%
ex = exercises.chapter("05_part_affinity_fields")

# %% [markdown]
# ### Exercise 1: draw a limb's field
#
# Two maps, x and y of the unit vector from `start` to `end`, at every cell whose centre
# is at most `width` cells away from the **segment** between the two joints, and 0
# elsewhere. All places are in cells, as (x, y). A limb without length, or with an end
# of NaN, has no direction: its field is 0 everywhere.

# %%
def limb_field(start, end, shape, width):
    """(2,) x and y, twice, (h, w), cells. -> (2, h, w)"""
    raise NotImplementedError


ex.limb_field.check(limb_field)
# ex.limb_field.hint()
# ex.limb_field.solution()

# %% [markdown]
# ### Exercise 2: read it along a pair of joints
#
# Read the field at `samples` evenly spaced points, the first at `start` and the last at
# `end`, each in the nearest cell; a point outside the map reads the nearest cell of the
# map. The result is the mean of the dot products with the unit vector from `start` to
# `end`, and 0 where both are one place. A field that points the other way gives a
# negative result.

# %%
def line_integral(field, start, end, samples):
    """(2, h, w), (2,) x and y in cells, twice, how many points. -> a number"""
    raise NotImplementedError


ex.line_integral.check(line_integral)
# ex.line_integral.hint()
# ex.line_integral.solution()

# %% [markdown]
# ### Exercise 3: object keypoint similarity
#
# The mean over the **labelled** joints of $\exp(-d^2 / (2 s^2 k^2))$: $d$ is the
# distance in pixels, $s^2$ the person's area, $k$ twice the joint's sigma. A labelled
# joint that was not found is NaN in `predicted` and counts 0. Where no joint is
# labelled the result is NaN.

# %%
def oks(predicted, target, visible, area, sigmas):
    """(joints, 2) px, twice, (joints,), px squared, (joints,). -> a number"""
    raise NotImplementedError


ex.oks.check(oks)
# ex.oks.hint()
# ex.oks.solution()

# %% [markdown]
# ### Exercise 4 (hard): put people together
#
# A peak of joint k's map is a *candidate* for that joint. Joint k has `candidates[k]` of
# them, numbered from 0. Limb l connects the joints `(a, b) = limbs[l]`, and
# `scores[l][i, j]` tells how well candidate i of joint a and candidate j of joint b fit.
# In each limb take the best pair, then the best of those left, and so on: no candidate
# twice in one limb, and no pair with a score of 0 or less. Whatever pairs connect,
# directly or through other candidates, is one person, and what is in no pair is nobody.
# (The limbs form a tree, so nobody can get two candidates of one joint.) Return the
# people `sorted`, each a list with the number of its candidate for every joint, -1
# where it has none.

# %%
def put_together(candidates, limbs, scores):
    """[n_0, ...], [(a, b), ...], [(n_a, n_b) array, ...]. -> sorted list of lists"""
    raise NotImplementedError


ex.put_together.check(put_together)
# ex.put_together.hint()
# ex.put_together.solution()

# %% [markdown]
# ### An experiment: does the matching matter?
#
# Take scenes of five people, encode their labels, add Gaussian noise to the fields alone, and
# decode with `matching="greedy"` and with `"exact"`. **Predict** from which noise on the two
# differ, and how many people that costs. Then measure: in how many scenes they differ, and how
# many people each of them finds (OKS above 0.75). Begin with the cell below, and write your
# conclusion in three sentences: what did the noise cost, what did greed cost, and where do people
# stand whom both get wrong?

# %%
def differ(sample, noise):
    """Whether the two ways to match noisy fields find another number of people."""
    maps = encoded(*labels(sample))
    fields = maps.pafs[0] + noise * torch.randn(maps.pafs[0].shape)
    both = [codec.decode(maps.heatmaps[0], fields, matching=matching)
            for matching in ("greedy", "exact")]
    return len(both[0].keypoints) != len(both[1].keypoints)  # and in a joint?


changed = [differ(sample, 0.6) for sample in several[5]]
print(f"another number of people in {sum(changed)} of {len(changed)} scenes")

# %% [markdown]
# <details><summary>What we found</summary>
#
# In 40 rendered scenes of five people (256 pixels, perfect heatmaps), the two differ in 1 scene
# without noise, in 10 with noise of standard deviation 0.6, and in 19 with 1.0. The people found are
# 96.5 % (exact) and 95.5 % (greedy) without noise, 85.5 % and 85.0 % with 0.6, and 37.0 % and 35.0 %
# with 1.0; one of the 200 people is half a point. So noise costs dozens of points, and greed never
# more than 2.5 at any of eight noises: while the fields are strong, the right pair is nearly always
# the best one too, and where they are weak both methods guess. OpenPose can afford to be greedy.
#
# </details>

# %% [markdown]
# ## 14 · Recap
#
# - **Bottom-up**: one pass finds all joints of everybody; the joints are then put together.
# - A map of several people is the **maximum** of their bumps; the sum of two close bumps has its
#   peak between them.
# - A **part affinity field** says where a limb passes and which way it points. The **line
#   integral** of the field along a pair of joints is the pair's score.
# - **Greedy** matching can leave a joint alone that **exact** matching would have given a partner.
# - Limbs beyond the tree insure against joints that are hidden.
# - **Intermediate supervision** brings the gradient to the first stage.
# - **OKS** measures distance in units of a person's size and a joint's own spread; **AP** asks at
#   once whether people were found, how well, and in which order of confidence.
#
# ### Quiz
#
# **1. A heatmap of stride 4 shows two people whose noses are 6 pixels apart. What can the decoder
# find, and what would help?**
#
# <details><summary>Answer</summary>
#
# 6 pixels are 1.5 cells. It depends on the grid. If a cell lies between the two highest cells, it is
# lower than both, and both noses are found. If the two highest cells are neighbours, only one of them
# is a peak, and one person gets no nose. A larger input (the same people then lie more cells apart)
# or a finer stride helps; a better matching does not.
#
# </details>
#
# **2. Somebody forgets the mask and trains on photographs in which half of the people are not
# labelled. What does the network learn?**
#
# <details><summary>Answer</summary>
#
# To doubt. Where a person looks like those who were left out (small, in the background, partly
# hidden), the best prediction is in between, and peaks sink below the threshold: people are
# missed. Precision may even look better, recall falls.
#
# </details>
#
# **3. Why is the line integral not simply the mean *length* of the field along the way?**
#
# <details><summary>Answer</summary>
#
# Because a field that points elsewhere is long too: where another person's forearm crosses, the
# length is 1 and the dot product is about 0. Without the direction, a pair that lies across a limb
# would score as well as the limb itself, and a field that points from wrist to elbow as well as one
# from elbow to wrist.
#
# </details>
#
# **4. A network finds every person, each joint exact, and in addition one false person per image,
# with a low score. What happens to AP, and to AR?**
#
# <details><summary>Answer</summary>
#
# Nothing to AR: recall asks only for those who are there. AP is the area under precision against
# recall; as long as every false person's score is lower than every true one's, the curve has
# reached full recall before the first false one comes, and AP stays 1. With scores mixed, it falls.
# So the *order* of the scores matters, and their values do not.
#
# </details>
#
# **5. Chapter 03's flip test averages the maps of an image and of its mirror image. What must be
# done with the fields, besides reversing the columns and exchanging left and right?**
#
# <details><summary>Answer</summary>
#
# The x of every vector changes its sign: what pointed right in the mirror image points left here.
# Forget it, and the two fields cancel each other in x.
#
# </details>
#
# ### Where this comes from
#
# - Alejandro Solano, *Deep Learning for Human Pose Estimation*, EuroSciPy 2018: the talk from which
#   this chapter grew.
# - Z. Cao, T. Simon, S.-E. Wei, Y. Sheikh, *Realtime Multi-Person 2D Pose Estimation using Part
#   Affinity Fields*, CVPR 2017; with G. Hidalgo, *OpenPose*, PAMI 2021.
# - S.-E. Wei, V. Ramakrishna, T. Kanade, Y. Sheikh, *Convolutional Pose Machines*, CVPR 2016:
#   stages, and intermediate supervision.
# - H. W. Kuhn, *The Hungarian Method for the Assignment Problem*, 1955.
# - T.-Y. Lin, P. Goyal, R. Girshick, K. He, P. Dollár, *Focal Loss for Dense Object Detection*,
#   ICCV 2017.
# - X. Li et al., *Generalized Focal Loss*, NeurIPS 2020: the focal loss of targets between 0 and 1.
# - X. Zhou, D. Wang, P. Krähenbühl, *Objects as Points*, 2019: centres and offsets. Google's
#   *MoveNet*, 2021, moves the joints to peaks of their heatmaps.
# - T.-Y. Lin et al., *Microsoft COCO: Common Objects in Context*, ECCV 2014, and its page on
#   keypoint evaluation.
# - M. Ruggero Ronchi, P. Perona, *Benchmarking and Error Diagnosis in Multi-Instance Pose
#   Estimation*, ICCV 2017.
#
# **Next:** chapter 06, where the same network becomes fast.
