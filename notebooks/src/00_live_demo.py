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
#     title: Live demo
#     promise: Find every joint of a person in a photo, a video and your webcam, and learn when not to believe it.
#     minutes: 40
#     real_data: [people_media]
# ---

# %% [markdown]
# # 00 · Live demo: where is everybody?
#
# **In this chapter you find the joints of real people in a photograph, in a video and on
# your webcam, and you measure when the answer can be believed.**
#
# | | |
# |---|---|
# | Time | 40 minutes of reading and trying |
# | Run, `quick`, 2 CPU cores | about 12 s, 0.9 GB of memory |
# | Run, `full`, GPU | not measured: this chapter gains nothing from a GPU |
# | You will | **run** a pose estimator live · **read** its 33 landmarks · **measure** what `visibility` and `z` mean · **find** where it fails · **count** repetitions of an exercise |
# | Before you start | Python functions and NumPy indexing; nothing about vision |
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
        f'-q -c keep.txt "posekit[live] @ git+{REPOSITORY}"', shell=True, check=True)

# %% tags=["parameters"]
PROFILE = "quick"  # smoke, quick or full: how much this notebook runs
DATASET = "synthetic"  # or "people_media": photographs and videos of the lab mirror
SEED = 0  # same seed, same synthetic people

# %%
import time
from itertools import islice

import cv2
import matplotlib.pyplot as plt
import numpy as np

from posekit import datasets, exercises, geometry, live, plots, skeletons
from posekit import synthetic, widgets
from posekit.data import images
from posekit.errors import InputError

plots.style()
FRAMES = {"smoke": 12, "quick": 60, "full": 240}[PROFILE]
PEOPLE = {"smoke": 4, "quick": 24, "full": 200}[PROFILE]

# %% [markdown]
# ## 1 · The result first (3 minutes)
#
# The model of this chapter is **BlazePose**, a network of Google's that runs through the
# library MediaPipe. Its weights are one file of 9 MB, the *bundle*. The next cell looks for
# it on this machine, then tries to fetch it. If neither works, the message says what to do,
# and everything below still runs: the live demo with a network of this course (chapter 03
# trains it; 14 joints, one person), and what is about BlazePose with a stand-in that finds
# nobody.

# %%
try:
    datasets.ensure("mediapipe_pose", attempts=1)
    make_model = make_live = live.BlazePose
    print("The model bundle is here.")
except InputError as problem:
    make_model, make_live = live.NullDetector, live.open_detector
    print(problem)

# %% [markdown]
# And here is a photograph: Rear Admiral Grace Hopper, who wrote the first compiler. The
# portrait is in the public domain and comes with matplotlib, so you already have it.

# %%
with make_live() as model:
    portrait = images.read_image(live.portrait_path())
    found = model.detect(portrait)

fig, axes = plt.subplots(1, 2, figsize=(8, 5), layout="constrained")
axes[0].imshow(portrait)
axes[1].imshow(live.show_poses(found))
for ax, title in zip(axes, ["What the camera gives", "What this chapter adds"]):
    ax.set_title(title)
    ax.set_axis_off()
plots.show(fig, "Left: a portrait of Grace Hopper in uniform. Right: the same portrait "
           "with the landmarks of her face, shoulders and arms drawn on it.")

# %% [markdown]
# **Read the image.** Her left side is blue and solid, her right side vermilion and dashed:
# *left* means *her* left, never yours. A filled dot is a joint that the network takes to be
# visible. A hollow dot is a joint that it only guesses.
#
# That is the whole task. **Human pose estimation** takes an image and gives, for each person,
# the position of a fixed list of body joints, the *keypoints*. Joined up, they are a skeleton.

# %% [markdown]
# ## 2 · Live, first (4 minutes)
#
# "You should always include live demos in presentations": so begins a talk behind this course
# (Alejandro Solano, *Deep Learning for Human Pose Estimation*, EuroSciPy 2018). So: a video,
# frame by frame, with the frame rate measured while it runs.
#
# Set `SOURCE` to `0` for your webcam, or to the name of a video file. With `None`, a
# synthetic person exercises for you, so that the cell runs on any machine. In Colab, where
# the camera is on the other side of the internet, `live.colab_snapshot()` takes an image with
# the browser's camera (written for Colab, and not yet tried there).
#
# The network runs where the notebook runs: on your own machine nothing that the camera sees
# leaves it. (In Colab that machine is Google's, and the image travels to it.)

# %%
SOURCE = None  # 0: your webcam · "clip.mp4": a video · None: a synthetic person

workout = synthetic.Clips(seed=SEED, count=1, frames=FRAMES, size=384,
                          action="jumping_jacks", skeleton="blazepose33")[0]
stream = workout.frames if SOURCE is None else live.open_source(SOURCE)
with make_live(video=True) as model:
    start = time.perf_counter()
    track = [model.detect(frame) for frame in islice(stream, FRAMES)]
    seconds = time.perf_counter() - start
seen = sum(len(found) > 0 for found in track)
print(f"{len(track)} frames, somebody found on {seen}")

# %% [markdown]
# Here are six of these frames, evenly spaced. If you run this live, go through all frames with
# the slider, and look for the one on which the skeleton fits worst.

# %%
def draw_frame(ax, frame):
    ax.imshow(live.show_poses(track[frame]))
    ax.set_title(f"frame {frame}")
    ax.set_axis_off()


few = np.linspace(0, len(track) - 1, 6).astype(int).tolist()
widgets.explore(
    draw_frame, "Six frames of a video of a person doing jumping jacks, each with the "
    "skeleton that was found drawn over it.", static=[{"frame": n} for n in few],
    controls={"frame": (0, len(track) - 1, 1)}, width=2.2, aspect=1.1)

# %% tags=["key"]
is_here = make_model is live.BlazePose
print("model:", "BlazePose" if is_here else "this course's own, of chapter 03")
print(f"frames a second: {len(track) / seconds:.0f}")

# %% [markdown]
# A film has 24 frames a second: the last line says how near your machine comes to that. How can a
# processor without a GPU do this at all? BlazePose does not search in every frame. Finding a person
# anywhere in an image is slow; following one is fast:
#
# 1. A **detector** looks at the whole image and finds a person.
# 2. A square **region** around them is cut out, turned upright, and shrunk to 256 × 256.
# 3. A **landmark network** finds the joints in that square.
# 4. On the *next* frame the region comes from the landmarks of *this* frame, and step 1 is
#    left out until the person is lost.
#
# Outside the notebook, the same demo is one command, with a window of its own:
#
# ```
# posekit live --source 0                          # your webcam; q quits
# posekit live --source clip.mp4 --out drawn.mp4
# posekit live --source 0 --model heatmap_photos   # a network of this course
# ```

# %% [markdown]
# ## 3 · Thirty-three landmarks (3 minutes)
#
# Which joints, and in which order? Every data set and every model has a list of its own: this
# course uses ten of them. Here is the same person with three lists: 14 joints (the data set
# LSP), 17 (COCO) and 33 (BlazePose).

# %%
fig, axes = plt.subplots(1, 3, figsize=(11, 4), layout="constrained")
for ax, name in zip(axes, ["lsp14", "coco17", "blazepose33"]):
    person = synthetic.People(seed=SEED + 3, size=384, skeleton=name)[12]
    plots.show_sample(ax, person, title=f"{name}: {person.keypoints.shape[1]} joints")
plots.show(fig, "One synthetic person three times, with 14, 17 and 33 joints drawn. "
           "The larger sets add a face, then fingers and feet.")

# %% tags=["check"]
blazepose = skeletons.get("blazepose33")
for first in range(0, 33, 11):
    names = blazepose.joints[first:first + 11]
    print("  ".join(f"{first + i}:{name}" for i, name in enumerate(names)))
print(len(blazepose), "joints,", len(blazepose.limbs), "limbs,",
      len(blazepose.pairs), "left-right pairs")

# %% [markdown]
# What comes out of the model are a few arrays, for `P` people of `K` = 33 joints. Look at
# their shapes: half of all the bugs in this field are a shape that was not what it seemed.
#
# | name | shape | meaning |
# |---|---|---|
# | `keypoints` | (P, 33, 2) | x to the right and y **down**, in pixels; the centre of the first pixel is (0, 0) |
# | `scores` | (P, 33) | MediaPipe's *visibility*: how likely the joint is in the image and not hidden |
# | `z` | (P, 33) | depth in pixels, relative to the middle of the hips; *smaller is nearer* |
# | `keypoints_3d` | (P, 33, 3) | metres, the origin between the hips |

# %%
with make_model() as model:
    found = model.detect(portrait)
print("people found:", len(found))
for name in ["keypoints", "scores", "z", "keypoints_3d"]:
    print(f"{name:>13}", getattr(found, name).shape)

# %% [markdown]
# MediaPipe itself gives x and y as *fractions of the image*, 0 at the left edge and 1 at the
# right. posekit makes pixels of them, and has to know where an image begins: pixel centres are at
# integers, so an image of width $W$ covers $[-0.5,\, W - 0.5]$. Exercise 1 asks for the formula.
# Half a pixel looks like nothing. Chapter 03 shows what it costs to forget it.

# %% [markdown]
# ## 4 · What does `visibility` mean? (6 minutes)
#
# **Predict.** Grace Hopper's portrait ends at her waist. How many of the 33 landmarks does
# BlazePose report for it? How many of those lie above the lower edge of the portrait?

# %%
def above_edge(found):
    """(P, 33) bool: which landmarks lie above the lower edge of the portrait."""
    return found.keypoints[..., 1] < len(portrait)


with make_model() as model:
    hopper = model.detect(portrait)
print("reported:", hopper.keypoints.shape[1] * len(hopper))
print("above the lower edge:", above_edge(hopper).sum())

# %%
fig, ax = plt.subplots(figsize=(10, 4.2), layout="constrained")
for person, within in zip(hopper.scores, above_edge(hopper)):
    colours = np.where(within, "#56B4E9", "#E69F00")
    ax.bar(range(33), person, color=colours)
ax.axhline(0.5, color="black", linestyle="--")
ax.set(xlabel="landmark", ylabel="visibility", ylim=(0, 1.05),
       title="Sky blue: above the lower edge. Orange: below it, guessed all the same")
plots.show(fig, "Bar chart of the visibility of the 33 landmarks on the portrait: "
           "near 1 for the face and shoulders, near 0 for hips, knees and feet.")

# %% [markdown]
# **See?** The network *always* answers with 33 landmarks: knees and feet too, far below the
# frame. It has seen so many bodies that it completes them. A landmark with a low visibility is
# a guess: check `scores` before you believe `keypoints`.
#
# ### Hide something on purpose
#
# Does visibility also notice what is *hidden*? Put that to the test: lay a grey square over
# her left shoulder, make it larger, and watch two numbers: the shoulder's visibility, and how
# far the landmark has moved. **Predict** both before you run it. Move the slider if you run
# this live.

# %%
SHOULDER, x, y = 11, 455, 428  # left_shoulder, and where it is in the portrait


def with_square(side):
    """What is found when a grey square hides the shoulder, and how far that moved."""
    covered, half = portrait.copy(), side // 2
    covered[max(0, y - half):y + half, max(0, x - half):x + half] = 128
    with make_model() as model:
        found = model.detect(covered)
    return found, np.linalg.norm(found.keypoints[:, SHOULDER] - (x, y), axis=-1).sum()

# %% [markdown]
# Above each image stand the side of the square, the visibility of the shoulder, and how far its
# landmark has moved.

# %%
def draw_square(ax, side):
    found, moved = with_square(side)
    visibility = found.scores[:, SHOULDER].sum()
    ax.imshow(live.show_poses(found))
    ax.set_title(f"{side} px hidden\nvisibility {visibility:.3f}\nmoved {moved:.0f} px")
    ax.set_axis_off()


widgets.explore(
    draw_square, "The portrait with a larger and larger grey square over the left "
    "shoulder, and the landmarks found each time: the shoulder wanders off.",
    static=[{"side": side} for side in (0, 80, 120, 160)],
    controls={"side": (0, 160, 20)}, width=2.8, aspect=1.4)

# %% tags=["key"]
found, moved = with_square(160)
print(f"shoulder hidden: visibility {found.scores[:, SHOULDER].sum():.3f}, "
      f"landmark moved by {moved:.0f} px")

# %% [markdown]
# **Explain.** The landmark moves away by a fifth of the image, and its visibility stays
# near 1. MediaPipe's documentation calls this score *whether the landmark is visible or
# occluded by other objects*; here is an object, and the score does not see it. No score of a
# network is a measurement: it is learnt from examples, and tells what the network expects in
# an image like this one. Every confidence in this course has that weakness, so test yours on
# the difficulties that your own videos will have.
#
# Synthetic people let us ask the same question of honest occlusions, because for them we know
# which joints are hidden, by their own body or by a thing in front of it.

# %%
people = synthetic.People(seed=SEED, count=PEOPLE, size=512, skeleton="blazepose33")
with make_model() as model:
    results = [(people[i], model.detect(people[i].image)) for i in range(PEOPLE)]
pairs = [(truth, found) for truth, found in results if len(found)]
flags = np.array([truth.visible[0] for truth, _ in pairs]).reshape(-1, 33)
scores = np.array([found.scores[0] for _, found in pairs]).reshape(-1, 33)

# %% [markdown]
# How is the visibility spread, over the joints that are in view and over those that are hidden?

# %%
fig, ax = plt.subplots(figsize=(8, 3.8), layout="constrained")
bins = np.linspace(0, 1, 21)
for flag, name, style in [(2, "in view", "-"), (1, "hidden", "--")]:
    values, _ = np.histogram(scores[flags == flag], bins)
    share = values / max(values.sum(), 1)
    ax.stairs(share, bins, linewidth=3, linestyle=style, label=name)
ax.set(xlabel="visibility that BlazePose gives", ylabel="share of the joints",
       title="Synthetic people: hidden joints get lower visibility, not low visibility")
ax.legend()
plots.show(fig, "Two histograms of BlazePose's visibility: for joints of synthetic "
           "people that are in view, and for joints that are hidden.")

# %% tags=["key"]
print(f"synthetic people found: {len(pairs)} of {PEOPLE}")
for flag, name in [(2, "in view"), (1, "hidden")]:
    values = scores[flags == flag]
    print(f"mean visibility, {name}: {values.mean() if values.size else 0:.2f}")

# %% [markdown]
# **See?** With BlazePose most hidden joints get a visibility near 1, as those in view do. So a high number
# does not say that a joint is seen.
#
# ## 5 · What does `z` mean? (3 minutes)
#
# One photograph has no depth, and yet every landmark comes with a `z`. Synthetic people let
# us look up the truth: for them we know each joint's distance from the camera to the last
# digit. So we compare, for the people that were found just now, and for the 22 joints below
# the head (Google's documentation tells users to disregard the face's `z`).

# %%
HIPS = [23, 24]


def depths_of(truth, found):
    """Depth behind the hips, metres, of 22 joints: true, z, world landmark. (3, 22)"""
    depth = truth.keypoints_3d[0, :, 2]
    metres_per_pixel = depth[HIPS].mean() / truth.camera.focal
    rows = [depth, found.z[0] * metres_per_pixel, found.keypoints_3d[0, :, 2]]
    return np.stack([row - row[HIPS].mean() for row in rows])[:, 11:]


depths = [depths_of(*pair) for pair in pairs]
true_z, z, world_z = np.concatenate(depths, axis=1) if depths else np.zeros((3, 0))

# %% [markdown]
# Each dot below is one joint. On the dashed line a guess would be perfect.

# %%
fig, axes = plt.subplots(1, 2, figsize=(10, 4.5), layout="constrained", sharey=True)
for ax, guess, title in zip(axes, [z, world_z], ["z", "world landmarks"]):
    ax.scatter(true_z, guess, s=14, alpha=0.5)
    ax.plot([-1, 1], [-1, 1], "k--", label="perfect")
    ax.set(xlabel="true depth behind the hips, m", title=title)
    ax.legend()
axes[0].set_ylabel("depth by BlazePose, m")
plots.show(fig, "Two scatter plots against the true depth of synthetic joints: "
           "z runs more steeply than the diagonal, the world landmarks less steeply.")

# %% tags=["key"]
for name, guess in [("z", z), ("world landmarks", world_z)]:
    r = np.corrcoef(true_z, guess)[0, 1] if guess.size else 0
    slope = (true_z * guess).sum() / max((true_z**2).sum(), 1e-9)
    print(f"depth by {name}: correlation {r:.2f}, slope {slope:.2f}")

# %% [markdown]
# `z` is a *guess from experience*: an arm that looks short probably points at you. On these
# people it has the joints in about the right order, and overshoots: a slope above 1 means
# that it finds bodies deeper than they are. The world landmarks (`keypoints_3d`), made for
# measuring, undershoot. Neither is a measurement, and on people unlike those it was trained
# on, rendered ones for instance, both can be further off. Chapter 08 takes depth up in
# earnest.

# %% [markdown]
# ## 6 · Where it fails, shown and counted (5 minutes)
#
# An estimator that nearly always answers has to be tested by you. Three tests, each on
# a real person, each with a number: make her **small**, **turn** her, give her **company**.
# **Predict** which of the three costs BlazePose least.

# %%
def on_canvas(height, turn=0, size=600):
    """The portrait on a grey square, so high and so turned, and the map there."""
    box = geometry.image_box(*portrait.shape[:2])
    matrix = geometry.crop_matrix(box, size, scale=height / size, rotation=turn)
    return geometry.warp(portrait, matrix, size, fill=128), matrix


heights = range(40, 601, 20 if PROFILE != "smoke" else 140)
turns = range(0, 181, 15 if PROFILE != "smoke" else 90)
with make_model() as model:
    small = [len(model.detect(on_canvas(height)[0])) for height in heights]
    results = [model.detect(on_canvas(400, turn)[0]) for turn in turns]
turned = [len(found) for found in results]

# %% [markdown]
# Each dot is one image: on the upper line she was found, on the lower one she was not.

# %%
fig, axes = plt.subplots(1, 2, figsize=(11, 3), layout="constrained", sharey=True)
axes[0].plot(heights, small, "o", markersize=9)
axes[1].plot(turns, turned, "o", markersize=9)
axes[0].set(xlabel="height of the portrait, of 600 pixels", title="Made small",
            ylim=(-0.3, 1.3), yticks=[0, 1], yticklabels=["lost", "found"])
axes[1].set(xlabel="turned by, degrees", title="Turned")
plots.show(fig, "Two rows of dots: whether the portrait was found at heights from 40 "
           "to 600 pixels, and turned by 0 to 180 degrees.")

# %% tags=["key"]
print(f"small: found at {sum(small)} of {len(small)} heights")
print(f"turned: found at {sum(turned)} of {len(turned)} angles")

# %% [markdown]
# Found is not yet right. So bring the landmarks of the turned portraits back, and compare them with
# those of the upright one, as far as they lie above its lower edge.

# %% tags=["key"]
off = [np.linalg.norm(geometry.transform(geometry.invert(on_canvas(400, turn)[1]),
                                         found.keypoints) - hopper.keypoints, axis=-1)
       for turn, found in zip(turns, results) if len(found)]  # (1, 33) px each
medians = [np.median(each[above_edge(hopper)]) for each in off] or [np.nan]
print(f"landmarks off by px: {medians[0]:.0f} upright and as small, "
      f"{np.median(medians):.0f} in the median, {max(medians):.0f} at worst")

# %% [markdown]
# Now company: copies of the portrait stand side by side, and BlazePose is asked for one person, for
# two, or for five.

# %%
def in_company(count, side=300):
    """So many copies of the portrait side by side."""
    one = geometry.warp(portrait, geometry.crop_matrix(
        geometry.image_box(*portrait.shape[:2]), side), side, fill=128)
    return np.hstack([one] * count)


counts = {}
for asked in (1, 2, 5):
    with make_model(poses=asked) as model:
        counts[asked] = [len(model.detect(in_company(there))) for there in (1, 2, 3, 4)]
    print(f"poses={asked}: of 1, 2, 3, 4 people it finds {counts[asked]}")

# %%
with make_model(poses=5) as model:
    groups = [model.detect(in_company(there)) for there in (2, 4)]
fig, axes = plt.subplots(1, 2, figsize=(11, 3), width_ratios=[2, 4],
                         layout="constrained")
for ax, group, there in zip(axes, groups, (2, 4)):
    ax.imshow(live.show_poses(group))
    ax.set_title(f"{there} people, poses=5: {len(group)} found")
    ax.set_axis_off()
plots.show(fig, "Two and four copies of the portrait side by side, with the skeletons "
           "of those that were found.")

# %% [markdown]
# **Explain.** *Turned* costs little beside the upright portrait of the same size: the region is turned
# upright before the landmark network sees it (step 2 above). *Small* does: the detector sees the whole image shrunk to
# 224 × 224 pixels, so far away, or in a wide image, a person is a few dozen pixels high.
# Near that limit chance decides: she is found at 160 pixels, lost at 200, found again at 220.
# *Company* makes images wide: four of her are lost where two were found, whatever `poses`
# is. And asking for more people has a price: the slow detector then runs on every frame
# until it has found them all. Chapter 05 builds a network that was made for crowds.

# %% [markdown]
# ## 7 · Your turn
#
# Four exercises, the last one hard, and an experiment. Each exercise has a stub that raises
# `NotImplementedError`: write your answer in its place and run the cell. `check` tries your function
# on inputs that break common mistakes; `hint()` gives one hint at a time; `solution()` shows ours.

# %%
ex = exercises.chapter("00_live_demo")

# %% [markdown]
# ### Exercise 1: from fractions to pixels
#
# MediaPipe gives x and y as fractions of the image: 0 is its left (upper) **edge**, 1
# its right (lower) edge. On our grid the **centre** of the first pixel is 0, so the
# left edge is at -0.5. Turn fractions into pixels, for one point, one person, a
# crowd, or nobody. Joints outside the image stay outside, and NaN stays NaN.

# %%
def to_pixels(points, size):
    """points: (..., 2) x, y from 0 to 1. size: (height, width). -> (..., 2) pixels"""
    raise NotImplementedError


ex.to_pixels.check(to_pixels)
# ex.to_pixels.hint()
# ex.to_pixels.solution()

# %% [markdown]
# ### Exercise 2: how many landmarks can I believe?
#
# BlazePose always answers with 33 landmarks. Count, for each person, those whose
# visibility is **at least** the threshold **and** that lie inside the image, up to
# its very edges. A missing landmark is NaN, and does not count.

# %%
def count_seen(keypoints, visibility, size, threshold):
    """keypoints: (people, joints, 2). visibility: (people, joints). -> (people,)"""
    raise NotImplementedError


ex.count_seen.check(count_seen)
# ex.count_seen.hint()
# ex.count_seen.solution()

# %% [markdown]
# ### Exercise 3: the angle of an elbow
#
# Shoulder, elbow, wrist: how far is the arm bent? Compute the angle at the **middle**
# point `b`, in degrees: 180 for an outstretched arm, close to 0 for a folded one. It
# must work in 2D and in 3D, for one arm or many at once, and give NaN where an arm has
# no length.

# %%
def joint_angle(a, b, c):
    """a, b, c: (..., 2) or (..., 3) points. -> (...) degrees, the angle at b"""
    raise NotImplementedError


ex.joint_angle.check(joint_angle)
# ex.joint_angle.hint()
# ex.joint_angle.solution()

# %% [markdown]
# ### Exercise 4 (hard): count the squats
#
# You have the knee's angle in every frame of a video. It trembles, and it is NaN
# wherever nobody was found. A squat is complete when the angle has fallen below `low`
# and then risen above `high`; what happens in between counts for nothing. How many
# are there?

# %%
def count_repetitions(angles, low, high):
    """angles: (frames,) degrees, with NaN. -> how many squats, a whole number"""
    raise NotImplementedError


ex.count_repetitions.check(count_repetitions)
# ex.count_repetitions.hint()
# ex.count_repetitions.solution()

# %% [markdown]
# ### An experiment: how blurred may she be?
#
# A shaking camera and a cheap lens blur. **Predict** at which blur BlazePose loses Grace Hopper, and
# which landmarks move first. Then measure: for each blur, is she found, what is the mean visibility
# of the landmarks in the image, and how far have they moved? Begin with the cell below, and write
# your conclusion in three sentences: what is lost first, does the visibility warn you, and which
# videos of your own would you not trust?

# %%
def blurred(spread):
    """The landmarks of the portrait, blurred by a Gaussian of so many pixels."""
    with make_model() as model:
        return model.detect(cv2.GaussianBlur(portrait, (0, 0), spread))


found = blurred(4)
print(f"blur of 4 px: {len(found)} found, mean visibility above the edge "
      f"{found.scores[above_edge(found)].mean() if len(found) else 0:.2f}")

# %% [markdown]
# <details><summary>What we found</summary>
#
# She is found up to a blur of 20 pixels, and lost at 24. Up to 12 pixels the landmarks in the image
# move by 4 to 14 pixels in the median, the shoulders first. At 16 pixels the whole face lies 50
# pixels beside its place, and at 20 it lies 68 pixels beside it, while the mean visibility falls
# from 0.999 to 0.965 only. So what is lost first is the place, then the person, and the visibility
# warns of neither.
#
# </details>

# %% [markdown]
# ## 8 · Real photographs and videos (5 minutes)
#
# Seven photographs come with posekit (from Flickr, CC BY 2.0; `DATA.md` names each of them):
# people at a table, a skater, a motorcyclist in fog, a tennis player from behind, riders on a
# beach, a man at a post, a cook. **Predict** who will be found, then look.

# %%
options = {"poses": 5} if make_live is live.BlazePose else {}
with make_live(**options) as model:
    looked = [model.detect(images.read_image(path))
              for path in sorted(datasets.find("photos").rglob("*.jpg"))]
fig = plots.grid([live.show_poses(found) for found in looked], columns=4, side=3.2,
                 titles=[f"{len(found)} found" for found in looked])
plots.show(fig, "Seven photographs with the skeletons that were found in them, and "
           "above each how many there are.")

# %% [markdown]
# **See?** With BlazePose two of the four at the table are found, with legs that nobody can see. The cook
# stands free, and is not found. So look at your own images before you believe a rule.
#
# With `DATASET = "people_media"` this part runs on the 17 photographs and 2 videos of the lab
# mirror (`POSEKIT_MIRROR` names its folder; DATA.md lists what else there is). They are other
# people's photographs, so this notebook is published without them.
#
# <details><summary>For the curious: what came out on them</summary>
#
# (`POSEKIT_MIRROR=... make run`, BlazePose full, MediaPipe 1.2.2, 2026-11-20.)
#
# | `exercise.avi`: 3 small people, 393 frames | 0 found | 1 | 2 | all 3 |
# |---|---|---|---|---|
# | `poses=1`: frames | 7 | 386 | 0 | 0 |
# | `poses=3`: frames | 7 | 83 | 287 | 16 |
#
# | Seventeen photographs, `poses=5` | 0 found | 1 | 2 | 4 |
# |---|---|---|---|---|
# | photographs | 2 | 11 | 3 | 1 |
#
# Three people exercise in the first video from its first frame to its last, and BlazePose has
# all three on its last 16 frames only: 4 % of the time. On the second video, one person doing
# jumping jacks close to the camera, it has that person on all 195 frames. One of the two
# photographs with nobody found is of a cat, so only the other is a miss.
#
# </details>

# %%
media = datasets.find("people_media") if DATASET == "people_media" else None
if DATASET == "people_media" and media is None:
    raise InputError(datasets.absent("people_media"))
if media is None:
    print("DATASET is 'synthetic': the table above is from a run on 'people_media'.")

# %%
photos = sorted(media.rglob("*.jpg")) if media else []
with make_model(poses=5) as model:
    finds = [model.detect(images.read_image(path)) for path in photos]
for path, found in zip(photos, finds):
    print(f"{path.name:>32} {found.size[1]:4} x {found.size[0]:4}: {len(found)} found")
if photos:
    fig = plots.grid([live.show_poses(found) for found in finds], columns=6, side=2.2)
    plots.show(fig, "The mirror's photographs with the skeletons that were found.")

# %% [markdown]
# And the videos: on how many frames are how many people found?

# %%
def count_people(path, poses):
    """How many people are found on each frame of a video."""
    with make_model(poses=poses, video=True) as model, live.open_source(path) as clip:
        step = 1000 / clip.fps
        frames = islice(clip, FRAMES if PROFILE == "smoke" else None)
        return [len(model.detect(frame, step * t)) for t, frame in enumerate(frames)]


clips = sorted([*media.rglob("*.avi"), *media.rglob("*.mp4")]) if media else []
for path in clips:
    for poses in (1, 3):
        frames = np.bincount(count_people(path, poses), minlength=4)
        print(f"{path.name}, poses={poses}: frames with 0, 1, 2, 3 found: {frames}")

# %% [markdown]
# ## 9 · What it is used for, and what that asks of you (3 minutes)
#
# | Use | What poses give | What to ask first |
# |---|---|---|
# | **Sport** | joint angles, tempo, left against right; early signs of a movement that injures | Does the athlete agree, and who keeps the recordings? Section 5: depth is guessed, so angles towards the camera are too. |
# | **Medicine** | gait, range of motion, recovery after a stroke, from a plain camera | It is a measurement on a patient: consent, a validated error, a clinician who decides. A demo is no medical device. |
# | **Security** | falls, fights, somebody on the tracks | People who are watched did not ask for it; "suspicious" is a word about people, not about joints. Count false alarms before anyone acts on one. |
# | **Augmented reality** | clothes, games, avatars that move as you do | Children play too. Keep frames on the device, as this chapter does. |
#
# Film people only with their consent, store keypoints rather than images when they are
# enough, remember that a gait can identify a person all the same, and state what your system
# cannot do: section 6 is how you find out.

# %% [markdown]
# ## 10 · The black box, and the way into it (2 minutes)
#
# You have used a black box: image in, joints out. The rest of the course opens it, builds
# it again from the first line, and goes beyond it.
#
# | Chapter | The question it answers |
# |---|---|
# | **00 Live demo** | What is pose estimation, and when can I believe it? |
# | 01 Keypoint data | What do the data sets mean by a joint, and by *visible*? |
# | 02 Coordinate regression | Can a network predict the coordinates directly? |
# | 03 Heatmaps | Why do maps beat numbers? |
# | 04 Soft-argmax | How do we get numbers out of maps, with gradients? |
# | 05 Part affinity fields | Whose elbow is this? |
# | 06 Depthwise convolutions | How does it get fast? |
# | 07 Multitask pose and action | Can one network see the pose and name the action? |
# | 08 3D pose machines | How far away is each joint, and can the guess correct itself? |
# | 09 LSTM pose machines | What does the last frame tell about this one? |
# | 10 Action recognition | From moving joints to a word |
# | 11 Real-time pose and action | Everything, live, several people at once |

# %% [markdown]
# ## 11 · Recap
#
# - Pose estimation gives each person's joints as coordinates; a **skeleton** is a list of
#   joint names and limbs, and lists differ.
# - BlazePose **detects once and then follows**, which is why it runs live on a CPU.
# - It always answers with **33** landmarks. `visibility` is how sure it is of each, which is not
#   the same as seeing it; `z` is a guess from experience.
# - It fails on small people and on groups, and hardly on turned ones. You can **count** how often
#   it finds somebody, and **measure** how far off it is where the right answer is known.
#
# ### Quiz
#
# **1. BlazePose reports an ankle at y = 812 in an image 600 pixels high. Is that a bug?**
#
# <details><summary>Answer</summary>
#
# No. The network completes the body beyond the image. The ankle's visibility will be near
# 0, and a program that ignores visibility will happily measure a leg that nobody saw.
#
# </details>
#
# **2. Why is `poses=2` slower than `poses=1` on a video with a single person?**
#
# <details><summary>Answer</summary>
#
# With one pose asked for and one person followed, the detector rests. With two asked for and
# one found, it runs on every frame, looking for the second person.
#
# </details>
#
# **3. You mirror a photograph left to right. The left wrist was at x. Which landmark should now be at the
# mirrored place, width − 1 − x: the left or the right wrist?**
#
# <details><summary>Answer</summary>
#
# The person in the mirrored image has the *right* wrist there.
# Flipping an image means flipping x **and** swapping the names of left and right. Chapter 01
# shows what happens to a network whose training forgot the second half.
#
# </details>
#
# **4. A landmark has the visibility 0.95. With which probability is it within 10 pixels of the true
# joint?**
#
# <details><summary>Answer</summary>
#
# Nobody can tell from this number. It is a score for *visible or not*, learnt from examples. In
# section 4 a covered shoulder kept a score near 1 while its landmark moved by a fifth of the image.
# Distances are measured against labels, which the next chapters do.
#
# </details>
#
# **5. A wrist is at $x_\text{fraction} = 0.5$ in an image 640 pixels wide. At which pixel is it,
# and at which would it be if the half pixel were forgotten?**
#
# <details><summary>Answer</summary>
#
# At $0.5 \cdot 640 - 0.5 = 319.5$: the middle of the image lies between pixels 319 and 320.
# Without the half pixel, 320.
#
# </details>
#
# ### Where this comes from
#
# - V. Bazarevsky et al., *BlazePose: On-device Real-time Body Pose Tracking*, 2020,
#   arXiv:2006.10204.
# - G. Casiez, N. Roussel, D. Vogel, *1€ Filter: A Simple Speed-based Low-pass Filter for
#   Noisy Input in Interactive Systems*, CHI 2012: the smoothing in video mode.
# - Google, *Pose landmark detection guide*, MediaPipe documentation: the 33 landmarks,
#   visibility and z.
#
# **Next:** chapter 01, where the data comes from, and what its labels hide.
