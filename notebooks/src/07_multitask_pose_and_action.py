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
#     title: Multitask pose and action
#     promise: One network finds the joints in the image and in space, predicts which are visible, and names the action; test what sharing brings.
#     minutes: 85
#     real_data: [penn_action]
# ---

# %% [markdown]
# # 07 · Multitask pose and action: one network, four tasks
#
# **In this chapter you take a network apart that finds a person's joints in the image, the same
# joints in space, and the action, all in one pass. You follow a clip through it, train it on labels
# that differ from sample to sample, and test what a talk claims about it (R. Ammar Khodja, *Joint 2D
# and 3D Pose Estimation and Action Recognition*).**
#
# | | |
# |---|---|
# | Time | 85 minutes of reading and trying, and the exercises |
# | Run, `quick`, 2 CPU cores | about 55 s, 2.5 GB of memory |
# | Run, `full`, GPU | not measured |
# | You will | **read** joints off volumes, and visibility off their maxima · **train** on samples with different labels · **explain** re-injection and fusion · **test** which stream looks at the background · **judge** an accuracy by what leaks |
# | Before you start | chapter 04: soft-argmax, volumes, the elastic net |

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
DATASET = "synthetic"  # or "penn_action": section 13 trains on its joints
SEED = 0  # same seed, same people, same networks

# %%
from copy import deepcopy

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch.nn import functional as F

# %%
from posekit import catalog, checkpoints, clip_scores, exercises, geometry, inference
from posekit import losses, plots, skeletons, synthetic, tasks, widgets
from posekit.data import skeleton_clips
from posekit.data.batches import loader
from posekit.data.clip_crops import ClipDataset, Together, cache_clips, single_frames
from posekit.data.crops import cache_crops
from posekit.geometry import fill_edges
from posekit.models.action_streams import ActionStream, AppearanceEntry, PoseEntry
from posekit.models.layer_counts import layer_counts
from posekit.models.multitask import MultitaskNet, read_volumes
from posekit.models.multitask_reference import Reference, inception_stem, vgg16
from posekit.tasks.multitask import ACTIONS, Examples, Look, action_loss, pose_loss

# %%
plots.style()
torch.set_num_threads(1)  # on a busy machine two threads wait for each other
CLIPS = {"smoke": 15, "quick": 30, "full": 300}[PROFILE]  # that are scored
STEPS = {"smoke": 2, "quick": 12, "full": 60}[PROFILE]  # of training in section 8
READERS = {"smoke": (10, 5), "quick": (40, 25), "full": (300, 100)}[PROFILE]
SIDE, T = 160, 16  # pixels of the network's input, frames of a clip
JOINTS = skeletons.get("lsp14").joints

# %% [markdown]
# ## 1 · The result first (4 minutes)
#
# A video of two scenes with a person whom the network has never seen: first squats, then, after a
# cut, jumping jacks. Above, the joints in the image; an empty circle is a joint that the network
# takes to be hidden. In the middle, the same joints in space, seen from one side. Below, the
# action. The network sees 16 frames at a time, which are 1.6 seconds, so it answers once for each
# such window.

# %%
net, card = checkpoints.load_pretrained("multitask")
net.eval()
actors = synthetic.Clips(SEED + 9, 15, 2 * T, 256, action=list(ACTIONS), fps=T / 1.6)
scenes = [actors[ACTIONS.index(name)] for name in ("squat", "jumping_jacks")]
cut = cache_clips(scenes, 2 * T, SIDE, ACTIONS, progress=False)
with torch.no_grad():
    frames = ClipDataset(cut).batch([0, 1]).images  # (2, 32, 3, 160, 160)
    pose = net(frames).poses[-1]
    windows = frames.flatten(0, 1).unfold(0, T, 4).movedim(-1, 1)  # 13 clips of 16
    logits = net(windows).actions["fusion"][-1]  # (13, 15)
points, seen = pose.points.flatten(0, 1).numpy(), pose.seen.flatten(0, 1).sigmoid()
space = inference.unproject_poses(points, cut.crops)  # (64, 14, 3) metres

# %%
def on_frames(points, crops):
    """Joints (N, K, 2) in pixels of the network's input -> in pixels of the frames."""
    back = [geometry.invert(matrix) for matrix in crops.matrices]
    pairs = zip(back, points + crops.edge)
    return np.array([geometry.transform(matrix, part) for matrix, part in pairs])


def in_the_round(ax, pose, azimuth=-50):
    """One pose (K, 3) in metres about its hips, without labels, from one side."""
    plots.pose_3d(ax, pose - pose[2:4].mean(0), None, "lsp14")  # joints 2, 3: hips
    ax.view_init(elev=12, azim=azimuth), ax.set_box_aspect((1, 1, 1), zoom=1.4)
    ends = {f"{axis}lim": (-0.9, 0.9) for axis in "xyz"}
    ax.set(**ends, **{f"{axis}ticks": [] for axis in "xyz"}, xlabel="", ylabel="")
    ax.set(zlabel="")


# %% [markdown]
# The two functions above put joints back onto the frames, and draw them in space. Next comes one for
# the actions over time, and then the whole picture:

# %%
def over_time(ax, probabilities):
    """The four most probable actions (windows, actions) at each window's middle."""
    middles = (4 * np.arange(len(probabilities)) + T / 2) / 10  # seconds
    likely = np.argsort(-probabilities.mean(0))[:4]
    for n, dash in zip(likely, ("o-", "s--", "^:", "v:")):
        ax.plot(middles, probabilities[:, n], dash, label=ACTIONS[n].replace("_", " "))
    ax.axvline(2 * T / 10, color="0.5", lw=1)
    ax.set(xlabel="middle of the 16 frames, s; cut at 3.2 s", ylabel="probability")


# %%
fig = plt.figure(figsize=(13, 7), layout="constrained")
grid = fig.add_gridspec(3, 6, height_ratios=(4, 4, 5))
flat = on_frames(points[..., :2], cut.crops)  # (64, 14, 2)
for column, t in enumerate((4, 14, 24, 36, 39, 42)):
    ax = fig.add_subplot(grid[0, column], title=f"{t / 10:.1f} s")
    ax.imshow(scenes[t // 32].frames[t % 32])
    plots.show_pose(ax, flat[t], 1 + (seen[t] > 0.5), "lsp14", width=2, marker=4)
    ax.set_axis_off()
    ax = fig.add_subplot(grid[1, column], projection="3d", proj_type="ortho")
    in_the_round(ax, space[t])
over_time(fig.add_subplot(grid[2, :]), logits.softmax(1).numpy())
fig.axes[-1].legend(loc="center left")
plots.show(fig, "Three frames of squats and three of jumping jacks with the skeletons "
           "found, in space too, and the probabilities of the actions over time.")

# %% [markdown]
# How good is it? The next cell scores clips of all fifteen actions, of people that the training has
# not seen. Two baselines need no network: one puts every joint in the middle, and the *mean pose*
# of the training clips is the other. PCK counts a joint as right within 0.2 of the torso's length,
# *of seen* counts visible joints only, MPJPE is the mean error in space about the hips, all joints,
# hidden ones too.

# %%
look = Look(SIDE, T, "lsp14", progress=False)
clips = look.clips("synthetic:test", CLIPS, ACTIONS, seed=SEED)
found = clip_scores.predict(net, clips)
report = clip_scores.report(found, clips, card["mean_pose"])
print(clip_scores.table(report))

# %% tags=["key"]
scores = report["model"]
print(f"PCK of seen joints, %: {scores['pck_seen']:.1f}")
print(f"MPJPE about the hips, mm: {scores['mpjpe_mm']:.0f}")
print(f"right actions of {len(ACTIONS)}, %: {scores['accuracy']['fusion']:.1f}")

# %% [markdown]
# ## 2 · One network, four tasks (6 minutes)
#
# The talk behind this chapter (Rayane Ammar Khodja, *Joint 2D and 3D Pose Estimation and Action
# Recognition*) follows a paper by Luvizon, Picard and Tabia (CVPR 2018), called *the paper* below.
# The four tasks are the 2D pose, the 3D pose, the action from 2D poses, and the action from 3D poses.
# One network does all of them, because its parts build on each other:
#
# ```
# clip: T frames of 160 × 160
#    │  backbone, frame by frame                      T × 64 channels × 20 × 20 cells
#    ├─► prediction block 1 ──► 14 volumes ──► joints, visibility
#    │        │  features + what block 1 predicted           (section 6)
#    ├─► prediction block 2 ──► 14 volumes ──► joints, visibility, heatmaps
#    │                                            │
#    │                 corrected by the frames around them
#    │                                            │
#    │                    joints: image of T rows × 14 columns ──► pose stream ────────┐
#    │                                                                             fusion ─► action
#    └── features under each heatmap: image of T rows × 14 columns ─► appearance stream ┘
# ```
#
# ```python
# x = backbone(frames)                            # (T, 64, 20, 20)
# local, volumes = block_1(x)                     # (T, 14, 16, 20, 20)
# _, volumes = block_2(local)                     # re-injection: section 6
# joints, seen, heatmaps = read_volumes(volumes)  # soft-argmax, maximum, sum
# joints = joints + context(joints, seen)         # (T, 14, 3): x, y, z
# pose = pose_stream(sigmoid(seen) * joints)      # 15 logits
# at_joints = heatmaps @ local                    # (T, 14, 64): features at each joint
# appearance = appearance_stream(at_joints)       # 15 logits
# action = a * pose + (1 - a) * appearance        # a is learnt
# ```
#
# The backbone is chapter 03's network without its last layers. `at_joints` is the appearance: what
# the image looks like where the joints are. `context` is our own addition: it corrects each frame's
# joints by those of the frames around it, 19 in all. These are the shapes, for one clip:

# %% tags=["check"]
batch = ClipDataset(clips).batch([0])
with torch.no_grad():
    out = net(batch.images)  # (1, 16, 3, 160, 160)
for name, pose in zip(("block 1", "block 2", "corrected"), out.poses):
    shapes = (tuple(part.shape) for part in pose)
    print(f"{name:>10}: joints {next(shapes)}, seen {next(shapes)}, "
          f"heatmaps {next(shapes)}")
for name, answers in out.actions.items():
    print(f"{name:>10}: {len(answers)} × logits {tuple(answers[-1].shape)}")
print("of one image, actions:", net(batch.images[:, :1]).actions)

# %% [markdown]
# Every block and every stream gives an answer of its own, and each of them is trained. One image
# has no action, but it has a pose, so an image is a clip of one frame.
#
# Each head can be left out by one argument. **Predict:** which part has most of the weights?

# %% tags=["check"]
forms = {"all four tasks": {}, "without action": {"actions": 0},
         "without depth": {"depth": 1}, "pose stream alone": {"streams": ["pose"]},
         "one block": {"blocks": 1}, "without context": {"context": False}}
for name, options in forms.items():
    form = MultitaskNet(**{"joints": 14, "actions": 15} | options)
    print(f"{name:>18}: {sum(p.numel() for p in form.parameters()):9,} parameters")
heads = sum(p.numel() for p in net.heads.parameters())
backbone = sum(p.numel() for p in net.parameters()) - heads
print(f"of all four tasks: backbone {backbone:,}, heads {heads:,}")

# %% [markdown]
# **Explain.** More than half of the weights are the backbone's, and every task uses them. Another
# task costs a head, not a network, which is why one asks one network for four answers. Whether the
# answers also get *better* is another question; section 12 measures it.
#
# ## 3 · Soft-argmax in three dimensions (6 minutes)
#
# Recall chapter 04: soft-argmax makes probabilities of a map by a softmax and answers the mean
# position under them, so that the error of a coordinate can train the map. A **volume** has one
# more axis: 16 cells of depth, from one metre in front of the hips to one metre behind them, and
# the same formula gives x, y and z. The sum goes over depths $d$, lines $l$ and columns $c$; $z_d$,
# $y_l$ and $x_c$ are where their cells have their middles:
#
# $$ (\hat x, \hat y, \hat z) = \sum_{d,l,c} p_{d,l,c}\,(x_c, y_l, z_d), \qquad
# p = \mathrm{softmax}(\text{volume}). $$
#
# The next cell runs the first lines of section 2 by hand and keeps the volumes of both blocks.

# %%
with torch.no_grad():
    x, volumes = net.features(batch.images.flatten(0, 1)), []  # (16, 64, 20, 20)
    for block in net.heads.blocks:
        x, maps = block(x)  # (16, 64, 20, 20) and (16, 224, 20, 20)
        volumes.append(maps.unflatten(1, (14, 16)))  # (16, 14, 16, 20, 20)
middle = volumes[-1][T // 2]  # (14, 16, 20, 20), one frame
p = middle.flatten(1).softmax(1).view_as(middle)  # each volume sums to 1
photo = fill_edges(clips.crops.inputs()[T // 2])  # (160, 160, 3)

# %% [markdown]
# A volume has too many axes for one picture, so look at slices: five depths of the right wrist's
# volume in one frame, the fullest slice in the middle.

# %%
def one_slice(ax, cell, joint):
    """One slice of a joint's volume over the frame; bright: much probability."""
    volume = p[JOINTS.index(joint)]  # (16, 20, 20)
    full = (volume[cell] / volume.max()).numpy()
    ax.imshow(photo), ax.set_axis_off()
    place = (-0.5, SIDE - 0.5, SIDE - 0.5, -0.5)
    ax.imshow(full, extent=place, cmap="inferno", vmin=0, vmax=1, alpha=0.9 * full)
    ax.set_title(f"z = {(cell + 0.5) / 8 - 1:+.2f} m\n{volume[cell].sum():.0%}")


# %%
fullest = int(p[JOINTS.index("right_wrist")].sum((1, 2)).argmax())
cells = [min(max(fullest + step, 0), 15) for step in (-2, -1, 0, 1, 2)]
widgets.explore(
    one_slice, "Five slices of the right wrist's volume over the frame: most of the "
    "probability is in the one in the middle.",
    static=[{"cell": cell, "joint": "right_wrist"} for cell in cells],
    controls={"cell": (0, 15), "joint": list(JOINTS)}, width=2.6, aspect=1.25)

# %% [markdown]
# Above each slice stand its depth and its share of the probability. Sum a volume over x and y and
# only the depth is left:

# %%
depth = (np.arange(16) + 0.5) / 8 - 1  # metres of each cell's middle
fig, axes = plt.subplots(1, 3, figsize=(12, 3.4), sharey=True, layout="constrained")
for ax, joint in zip(axes, ("right_wrist", "left_knee", "head_top")):
    k = JOINTS.index(joint)
    share = p[k].sum((1, 2)).numpy()  # (16,)
    ax.bar(depth, share, width=0.11, color="0.7")
    ax.axvline(share @ depth, lw=2.5, label="soft-argmax")
    ax.axvline(batch.depths[0, T // 2, k], color="C1", ls="--", lw=2.5, label="truth")
    ax.set(title=joint.replace("_", " "), xlabel="z, metres behind the hips")
axes[0].set_ylabel("probability")
fig.legend(*axes[0].get_legend_handles_labels(), ncols=2, loc="outside lower center")
plots.show(fig, "The depth of three joints as bars of probability, with the mean "
           "under the bars and the true depth.")

# %% tags=["check"]
by_hand = torch.stack([p.sum((1, 2)) @ (torch.arange(20.0) * 8 + 3.5),
                       p.sum((1, 3)) @ (torch.arange(20.0) * 8 + 3.5),
                       p.sum((2, 3)) @ torch.from_numpy(depth).float()], 1)  # (14, 3)
points, _, _ = read_volumes(middle[None], stride=8)
print("three means of three sums:", torch.allclose(points[0], by_hand, atol=1e-3))
print(f"14 maps: {14 * 20 * 20:,} numbers; 14 volumes: {14 * 16 * 20 * 20:,} numbers")

# %% [markdown]
# **Explain.** A cell is 8 pixels wide and 12.5 cm deep, and yet the answer can lie anywhere between
# two cells: a mean is not rounded. Now look at the bars. In the image a joint has one bump, along z
# it need not have one: the network puts weight on a few cells, and only their *mean* is trained to
# be right. In this frame the means of the knee and of the head are nearly right, and that of the
# wrist lies more than two cells behind the truth. The loss has a term that gives the maps their shape
# in x and y, and none for z (chapter 04, section 10).
#
# ## 4 · Visibility from a volume's maximum (4 minutes)
#
# Raise all cells of a volume by 5: softmax, and so the joint, stays as it is. The *level* of a
# volume is free, so it can carry a second answer: the joint's visibility is the sigmoid of the
# volume's largest value. It is trained by binary cross entropy with *visible or not*.
#
# In a clip, visibility changes over time. Of all joints that truly come or go, the next cell takes
# the one about which the network changes its mind most. **Predict:** does it notice the right
# moments?

# %%
flags = clips.crops.visible.reshape(-1, T, 14)  # 1 hidden, 2 visible
said = found.seen.reshape(flags.shape)  # from 0 to 1
changes = (np.diff(flags, axis=1) != 0).any(1)  # (clips, 14)
wavering = said.std(1) * changes
which, k = np.unravel_index(wavering.argmax(), wavering.shape)
images = clips.crops.inputs().reshape(-1, T, SIDE, SIDE, 3)
spots = found.points.reshape(*flags.shape, 3)

# %%
fig = plt.figure(figsize=(13, 5), layout="constrained")
grid = fig.add_gridspec(2, 8, height_ratios=(2, 3))
for n, t in enumerate(range(0, T, 2)):
    ax = fig.add_subplot(grid[0, n], title=f"frame {t}")
    ax.imshow(fill_edges(images[which, t])), ax.set_axis_off()
    inside = "C0" if said[which, t, k] > 0.5 else "white"
    ax.plot(*spots[which, t, k, :2], "oC0", ms=9, mew=3, mfc=inside)
ax = fig.add_subplot(grid[1, :], xlabel="frame", ylabel="visibility")
ax.bar(range(T), flags[which, :, k] == 2, width=1, color="0.85", label="truly visible")
ax.plot(said[which, :, k], "o-", label="the network's answer")
name = f"{JOINTS[k]}, in a clip of: {ACTIONS[clips.actions[which]]}"
ax.set_title(name.replace("_", " "))
ax.set(xlim=(-0.5, T - 0.5), ylim=(0, 1.05)), ax.legend()
plots.show(fig, "Eight frames with one joint, and its visibility over time: grey bars "
           "where it is truly visible, a line for the network's answer.")

# %% [markdown]
# Here the network notices, one frame early, that the joint goes out of sight, and it does not notice
# that the joint is back. That is one joint of one clip; the next cell counts all of them.

# %%
labelled = flags > 0
hidden = flags[labelled] == 1
caught = (said[labelled] < 0.5)[hidden].mean()
right = ((said[labelled] > 0.5) == ~hidden).mean()
print(f"hidden joints: {hidden.mean():.0%} of all")
print(f"right answers: {right:.1%}; always 'visible' gives {1 - hidden.mean():.1%}")
print(f"of the hidden joints it finds {caught:.0%}")

# %% [markdown]
# **Explain.** Compare the answer with the baseline, not with 50 %. Most joints are visible, so who
# always says *visible* is already right most of the time.
#
# ## 5 · The elastic net, and samples without depth (7 minutes)
#
# The loss on coordinates is the **elastic net**, the sum of L1 and the square of L2. With $N_J$
# joints, of which joint $n$ is at $p_n$ and is predicted at $\hat p_n$:
#
# $$ L_p = \frac{1}{N_J} \sum_{n=1}^{N_J} \left( \lVert \hat p_n - p_n \rVert_1
# + \lVert \hat p_n - p_n \rVert_2^2 \right) $$
#
# (posekit takes the mean over the known *coordinates* in place of the joints. Where x, y and z of a
# joint are known, that is a third of this.)
#
# Chapter 04 drew it along one axis. With two axes one sees how it treats the two errors $e_x$ and
# $e_y$ together:

# %%
e = torch.linspace(-2, 2, 121)
ex, ey = torch.meshgrid(e, e, indexing="xy")
shapes = {"L1: $|e_x| + |e_y|$": ex.abs() + ey.abs(),
          "L2²: $e_x^2 + e_y^2$": ex**2 + ey**2,
          "elastic net": ex.abs() + ey.abs() + ex**2 + ey**2}
fig, axes = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
for ax, (name, loss) in zip(axes, shapes.items()):
    lines = ax.contour(ex, ey, loss, levels=(0.25, 0.5, 1, 2, 4, 6), cmap="viridis")
    ax.clabel(lines, fontsize=12)
    ax.set(title=name, xlabel="$e_x$, cells", ylabel="$e_y$, cells", aspect="equal")
plots.show(fig, "Level lines of three losses: diamonds for L1, circles for L2, for "
           "the elastic net diamonds near the target that become round further out.")

# %% [markdown]
# L1's level lines are diamonds with corners on the axes. Near the target its slope stays at 1, so
# it asks for exactness to the end. L2's lines are circles, and they lie closer and closer together
# further out: it is large errors that it fights. The elastic net is a diamond near the target and
# nearly a circle far from it.
#
# ### Mixed labels
#
# Photographs come with 2D joints, and depths need motion capture. A batch shall teach from both. A
# sample without depth has NaN for z, and there are three things that one could do. **Predict** the
# slope of z in each case, for the second sample.

# %% tags=["check"]
unit = torch.tensor([8, 8, 0.125])  # one cell: pixels, pixels, metres
target = torch.tensor([[[40.0, 30.0, 0.5]], [[40.0, 30.0, torch.nan]]])  # two samples
visible = torch.full((2, 1), 2)
known = losses.in_space(visible, target[..., 2])  # (2, 1, 3): z of the second is not
ways = {"z masked": (target, known), "z not masked": (target, visible),
        "z taken as 0": (target.nan_to_num(), visible)}
for name, (goal, mask) in ways.items():
    guess = torch.tensor([[[44.0, 30.0, 0.25]], [[44.0, 30.0, 0.25]]])
    guess.requires_grad_()
    loss = losses.elastic_net(guess / unit, goal / unit, mask)
    (slope,) = torch.autograd.grad(loss, guess)
    x, z = (", ".join(f"{v:.2f}" for v in slope[:, 0, axis].tolist())
            for axis in (0, 2))
    print(f"{name:>12}: loss {loss.item():4.2f}, slopes of x {x}, of z {z}")

# %% [markdown]
# **Explain.** Without a mask one NaN makes the loss NaN, and after one step with such a slope all
# weights are NaN. A depth *taken as 0* is worse, because nothing looks wrong: the second sample
# teaches z, with full force, that this person is flat. With the mask the second sample teaches x
# and y, as it should, and its z has the slope 0. The mean is over the known coordinates, so a batch
# with few depths does not have a small loss.
#
# ## 6 · Prediction blocks and re-injection (7 minutes)
#
# Block 1 reads volumes off its features. Then it puts them *back*: a 1 × 1 convolution makes 64
# channels of the 14 · 16 maps and adds them to the features. This is **re-injection**. Block 2
# therefore sees, in each cell, what the image looks like *and* where block 1 believes each joint to
# be. So it can correct a knee by the hip and the ankle; soft-argmax treats each joint alone and could
# not.
#
# ```
# x ──► refine ──► r ──► 1 × 1 ──► volumes ──► joints of this block
# │                │                  │
# │                │               1 × 1
# └────────────────┴─── sum ──────────┘ ──► x of the next block
# ```
#
# **Predict:** who gains more from block 2 and from the context, x and y or z?

# %%
with torch.no_grad():
    parts = [net(part.images).poses for part in loader(ClipDataset(clips), 15,
                                                       shuffle=False)]
stages = {}
for n, name in enumerate(("block 1", "block 2", "corrected in time")):
    where = torch.cat([poses[n].points.flatten(0, 1) for poses in parts]).numpy()
    stages[name] = clip_scores.Found(where, found.seen, {})  # (clips T, 14, 3)
for name, stage in stages.items():
    row = clip_scores.scores(stage, clips)
    print(f"{name:>17}: PCK of seen joints {row['pck_seen']:5.1f} %, "
          f"MPJPE {row['mpjpe_mm']:5.1f} mm")

# %% [markdown]
# Read both columns downwards. The first step is what re-injection and more layers bring, the second
# what the frames around bring. In the image both bring next to nothing here. In space block 2 brings a
# little, and the frames around bring more. Which way a limb points in depth is often open in one
# image. A movement may decide it, or the mean over several frames may make the error smaller: the
# lines above do not tell which.
#
# Which joints did block 2 move, and were they better for it? These are the four clips in which it
# moved a labelled joint furthest.

# %%
true = torch.from_numpy(clips.crops.keypoints - clips.crops.edge).numpy()
one, two = (stages[name].points[..., :2] for name in ("block 1", "block 2"))
moved = np.linalg.norm(two - one, axis=-1) * (clips.crops.visible > 0)  # (clips T, 14)
furthest = moved.reshape(len(clips), -1).argmax(1)  # one joint and frame for each clip
order = np.argsort(-moved.reshape(len(clips), -1).max(1))[:4]

# %%
fig, axes = plt.subplots(1, 4, figsize=(13, 3.9), layout="constrained")
for ax, n in zip(axes, order):
    t, k = divmod(int(furthest[n]), 14)
    ax.imshow(fill_edges(images[n, t]))
    for place, style in ((one, "v"), (two, "o"), (true, "x")):
        ax.plot(*place[n * T + t, k], style, ms=11, mew=3, mfc="none")
    ax.plot(*zip(one[n * T + t, k], two[n * T + t, k]), color="white", lw=1.5)
    ax.set(title=JOINTS[k].replace("_", " "), xlim=(0, SIDE), ylim=(SIDE, 0))
    ax.set_axis_off()
fig.legend(axes[0].lines[:3], ["block 1", "block 2", "truth"], ncols=3,
           loc="outside lower center")
plots.show(fig, "Four frames with one joint each: where block 1 and block 2 put it, "
           "and where it is.")

# %% [markdown]
# Four frames are four frames. Of *all* labelled joints that block 2 moved by more than half a cell:

# %%
off_one, off_two = (np.linalg.norm(place - true, axis=-1) for place in (one, two))
far = moved > 4  # pixels, half a cell
print(f"moved by more than half a cell: {far.sum()} joints, "
      f"{100 * (off_two < off_one)[far].mean():.0f} % of them nearer to the truth")

# %% [markdown]
# **Explain.** The largest moves are not the best ones, as the four pictures show, and of all large
# moves not many more than half bring the joint nearer. That a joint *can* be corrected by the others
# does not mean that it is.
#
# What does re-injection have to do with it? Cut it, and leave all other weights as they are:

# %%
without = deepcopy(net)
for weight in without.heads.blocks[0].reinject.parameters():
    torch.nn.init.zeros_(weight)
cut_scores = clip_scores.scores(clip_scores.predict(without, clips), clips)
for name, row in (("whole network", scores), ("re-injection cut", cut_scores)):
    print(f"{name:>16}: PCK of seen joints {row['pck_seen']:5.1f} %, MPJPE "
          f"{row['mpjpe_mm']:5.1f} mm, action {row['accuracy']['fusion']:5.1f} %")

# %% [markdown]
# **Explain.** The cut shows that block 2 *relies* on what came back. It does not show how good a
# network would be that was trained without re-injection: that one would have learnt to do without.
# To know that, one trains both. (Nor is the whole gain from block 1 to block 2 due to re-injection:
# block 2 also has more layers.)
#
# ## 7 · The backbone: VGG-16 or Inception-v4 (5 minutes)
#
# The paper's backbone is the stem of Inception-v4, its first layers; Ammar Khodja put VGG-16 in its
# place. posekit has both at the paper's size: 16 frames of 256 × 256, four prediction blocks, all
# heads. **Predict** which of the two is larger, and by how much.

# %% tags=["check"]
nets = {"Inception-v4 stem (paper)": Reference(backbone=inception_stem),
        "VGG-16 up to conv4_3": Reference(backbone=vgg16)}
print(f"{'':26}{'backbone':>23}{'heads':>23}   shares of the backbone")
for name, form in nets.items():
    rows = layer_counts(form, (1, T, 3, 256, 256))
    parts = [[(r.parameters, r.macs) for r in rows if r.name.startswith(part)]
             for part in ("backbone", "heads")]
    (w, m), (hw, hm) = (map(sum, zip(*part)) for part in parts)
    print(f"{name:26}{w / 1e6:7.2f} M {m / 1e9:8.1f} GMAC{hw / 1e6:8.2f} M "
          f"{hm / 1e9:8.1f} GMAC   {w / (w + hw):.0%} and {m / (m + hm):.0%}")

# %% [markdown]
# **Explain.** The stem of Inception-v4 halves the sides in its first layer and has few channels, so
# it takes about an eighth of VGG-16's weights and of its MACs. With VGG-16 four fifths of the work is
# the backbone's. What does the change bring? VGG-16 has well-known ImageNet weights and a structure
# that fits on one slide: up to conv4_3, ten plain convolutions, each followed by ReLU. With it the
# whole network takes 3.4 times the work. Ammar Khodja gives no score for either, so nobody can tell
# whether the change helped, nor where VGG-16 was cut. (Here it is cut where the stride is 8, as in the
# paper.)
#
# Ours has neither: chapter 03's backbone, which is small enough for a CPU.

# %% tags=["check"]
rows = layer_counts(net, (1, T, 3, SIDE, SIDE))
print(f"this chapter's network: {sum(r.parameters for r in rows) / 1e6:.2f} M weights, "
      f"{sum(r.macs for r in rows) / 1e9:.2f} GMAC a clip of {T} frames")

# %% [markdown]
# ## 8 · One training step on a mixed batch (7 minutes)
#
# A batch has two parts: five clips of 8 frames with all labels, and eight images with 2D joints.
# The network here is new, and begins with chapter 03's backbone.

# %%
small = Look(64, 8, "lsp14", progress=False)  # 64 pixels, 8 frames
few = small.clips("synthetic:train", 15, ACTIONS, seed=SEED)
stills = small.stills("synthetic:train", 16, SEED)
mixed = Together([loader(ClipDataset(few), 5), loader(ClipDataset(stills), 8)])
batches = list(mixed)  # three of them
parts = batches[0]
print(f"{'':>8}  images                 x and y known  z known  actions known")
for name, part in zip(("clips", "images"), parts):
    known = losses.in_space(part.visible, part.depths)  # (B, T, 14, 3)
    print(f"{name:>8}  {tuple(part.images.shape)!s:22} "
          f"{known[..., :2].float().mean():>13.0%} "
          f"{known[..., 2].float().mean():>8.0%} "
          f"{(part.actions >= 0).float().mean():>14.0%}")

# %% [markdown]
# Both parts go through the same network. The loss of a part is the mean over all blocks of the
# pose's loss, and the cross entropy of every answer for the action:

# %%
recipe = tasks.get("multitask")


def new_network():
    """Untrained heads on chapter 03's backbone."""
    student = tasks.build(recipe, Examples(few, stills), SEED)
    tasks.start_from(student, "heatmap")
    return student.train()


student = new_network()
optimizer = torch.optim.RMSprop(student.parameters(), lr=3e-4)

# %%
loss = torch.zeros(())
for part in parts:
    out = student(part.images)
    each = [pose_loss(poses, part) for poses in out.poses]  # blocks 1, 2; corrected
    loss = loss + torch.stack(each).mean()
    if out.actions:  # images have none
        loss = loss + action_loss(out.actions, part.actions)
optimizer.zero_grad()
loss.backward()
optimizer.step()
print(f"loss {loss.item():.2f}, of clips and images together")

# %% [markdown]
# `pose_loss` is the elastic net in cells with z masked, a Jensen–Shannon term that gives the maps
# their shape (chapter 04), and a tenth of the visibility's cross entropy.
#
# ### RMSprop or SGD?
#
# The paper trains poses by RMSprop and actions by SGD with Nesterov momentum. SGD moves each weight
# by its gradient times one learning rate. RMSprop divides each gradient by the root mean square of
# that weight's recent gradients, so that weights with small gradients move as far as others. AdamW,
# which this course's trainings use, does so too, and adds momentum. **Predict:** this loss is a sum
# of errors in cells and of entropies; which optimiser minds?

# %%
def trained(optimizer, **options):
    student, history = new_network(), []
    rule = optimizer(student.parameters(), **options)
    for _, batch in zip(range(STEPS), 20 * batches):
        loss = recipe.loss(student, batch)  # what the cell above writes out
        rule.zero_grad(), loss.backward(), rule.step()
        history.append(loss.item())
    return history


# %%
RULES = {"SGD, 0.01": (torch.optim.SGD,
                       {"lr": 0.01, "momentum": 0.9, "nesterov": True}),
         "RMSprop, 0.0003": (torch.optim.RMSprop, {"lr": 3e-4})}
fig, ax = plt.subplots(figsize=(8, 3.6), layout="constrained")
for (name, (rule, options)), style in zip(RULES.items(), ("o-", "s--")):
    history = trained(rule, **options)
    ax.plot(history, style, label=name)
    print(f"{name:>16}: loss {history[0]:.2f}, then {history[-1]:.2f}")
ax.set(xlabel="step", ylabel="loss", title="The same mixed batches, the same start")
ax.legend()
plots.show(fig, "The loss of a few steps with SGD and RMSprop on the same batches.")

# %% [markdown]
# **Explain.** The loss goes up and down because three batches take turns. Both learning rates are
# the best of those that we tried (SGD 0.003, 0.01, 0.03 and 0.1; RMSprop 0.0001, 0.0003 and 0.001),
# so the comparison is fair to both. In these few steps SGD gets less far. The new heads and the
# trained backbone need not have gradients of one size, and SGD has one learning rate for both. A
# dozen steps tell nothing about the end of a long training.
#
# ## 9 · A pose over time is an image (5 minutes)
#
# How does one recognise a movement with a network for images? Write the joints of a frame into a
# row, and put the rows of a clip under each other. The result has T rows and K columns, and its
# channels are x, y and z. A 3 × 3 convolution then sees three joints in three frames. These are the
# heights (y) that the network found in clips of two people each. **Predict** the action of each
# column before you read its title.

# %%
heights = (found.points[..., 1] + 0.5) / SIDE * 2 - 1  # from -1 to 1
heights = heights.reshape(len(clips), T, 14)
NAMES = ("jumping_jacks", "squat", "pushup", "golf_swing", "strum_guitar")
fig, axes = plt.subplots(2, 5, figsize=(13, 6), layout="constrained")
for column, name in zip(axes.T, NAMES):
    mine = np.flatnonzero(clips.actions == ACTIONS.index(name))
    for ax, n in zip(column, (mine[0], mine[-1])):  # two people
        drawn = ax.imshow(heights[n], cmap="PuOr", vmin=-1, vmax=1, aspect="auto")
        ax.set(xticks=[], yticks=[])
    column[0].set_title(name.replace("_", " "))
    column[1].set_xlabel("14 joints")
fig.supylabel("16 frames")
fig.colorbar(drawn, ax=axes, label="height: −1 top, 1 bottom").ax.invert_yaxis()
plots.show(fig, "Images of frames times joints, two for each of five actions: bands "
           "that swing for jumping jacks and squats, and hardly change for the guitar.")

# %% [markdown]
# **Explain.** The columns are LSP's fourteen joints: six of the legs, six of the arms, neck and
# head. A colour that changes from top to bottom is a joint that goes up and down. Where a pattern
# lies along the rows is *when* it happens. The people move at different speeds, start at different
# moments, and are mirrored by chance, and yet, for most actions, the two pictures resemble each
# other.
#
# The network pools with a *max-min pooling*: the largest of 2 × 2 numbers plus the smallest. A
# large value counts, whether it is positive or negative. Each joint is multiplied by its predicted
# visibility, so what the network *takes* to be hidden is near 0. (As section 4 counts, it does not
# notice most of the hidden joints.)
#
# ## 10 · Two streams, and their fusion (7 minutes)
#
# The **pose stream** reads these images. The **appearance stream** reads images of the same shape
# with other channels: for each joint the mean of the backbone's features, weighted by the joint's
# heatmap. It can see a bar in the hands or a bench under the back. Both streams are the same small
# network, and their logits are added with learnt weights. The next cell shows how one number of the
# appearance image comes about.

# %%
with torch.no_grad():
    heat = net(batch.images).poses[-1].heatmaps[0, T // 2]  # (14, 20, 20)
    local = net.heads.blocks[0](net.features(batch.images[0]))[0][T // 2]
k = JOINTS.index("right_wrist")
under = heat[k] * local  # (64, 20, 20)
c = int(under.sum((1, 2)).abs().argmax())  # the channel with the largest mean
panels = {"heatmap of the right wrist": heat[k],
          f"channel {c} of the features": local[c],
          f"product; its sum is {under[c].sum():.2f}": under[c]}
fig, axes = plt.subplots(1, 4, figsize=(13, 3.6), layout="constrained")
axes[0].imshow(photo), axes[0].set_axis_off()
for ax, (title, part) in zip(axes[1:], panels.items()):
    ax.imshow(part, cmap="PuOr", vmin=-part.abs().max(), vmax=part.abs().max())
    ax.set(title=title, xticks=[], yticks=[])
plots.show(fig, "A frame, a joint's heatmap, a channel of features, their product.")

# %% [markdown]
# The sum in the last title is this channel's mean under the wrist's heatmap, because the heatmap sums
# to 1. Now to the answers: how often is each stream right, and how often are both?

# %%
accuracy = scores["accuracy"]
for name in ("pose", "appearance", "fusion"):
    print(f"{name:>10}: {accuracy[name]:5.1f} % of the clips right")
share = torch.softmax(net.heads.fusion, 0).tolist()
print(f"weights of the fusion: pose {share[0]:.2f}, appearance {share[1]:.2f}")
one, two = (found.logits[name].argmax(1) == clips.actions
            for name in ("pose", "appearance"))
print(f"both right {np.mean(one & two):.0%}, pose alone {np.mean(one & ~two):.0%}, "
      f"appearance alone {np.mean(~one & two):.0%}, none {np.mean(~one & ~two):.0%}")

# %%
fused = found.logits["fusion"].argmax(1)
table = np.zeros((15, 15))
np.add.at(table, (clips.actions, fused), 1)
fig, ax = plt.subplots(figsize=(8.5, 7.5), layout="constrained")
ax.imshow(table / table.sum(1, keepdims=True), cmap="Blues", vmin=0, vmax=1)
labels = [name.replace("_", " ") for name in ACTIONS]
ax.set_xticks(range(15), labels, rotation=90)
ax.set_yticks(range(15), labels)
ax.set(xlabel="answer of the fusion", ylabel="true action",
       title=f"Answers to {len(clips)} clips")
for row, column in zip(*np.nonzero(table)):
    dark = table[row, column] > table[row].sum() / 2
    ax.text(column, row, f"{table[row, column]:.0f}", ha="center", va="center",
            color="white" if dark else "black", fontsize=12)
plots.show(fig, "The confusion matrix of fifteen actions.")

# %% [markdown]
# **Explain.** A fusion can gain only where the two streams disagree, so the last line before the
# table tells how much there is to gain. What stands off the diagonal of the table is a mistake. With
# two clips of each action one mistake is half a row, and it takes more clips to tell the
# streams apart: on 600 clips of people never seen, the pose is right on 99.2 %, the appearance on
# 98.8 % and the fusion on 100.0 % (`posekit eval multitask --data synthetic:test --clips 600`,
# 2026-11-29; on the same clips the joints have a PCK of 91.8 % of those seen and an MPJPE of 90.5 mm).
# These are five clips, seven and none. Two clips between pose and appearance are chance, and the
# fusion does gain; on actions that are this easy there is little left to gain.
#
# One control belongs beside every such table: the same answers, dealt out to other clips. Whatever
# can be reached without looking stays.

# %%
dealt = clip_scores.scores(clip_scores.shuffled(found, T), clips)
print(f"dealt out: PCK of seen joints {dealt['pck_seen']:.1f} % (mean pose "
      f"{report['mean_pose']['pck_seen']:.1f} %), action "
      f"{dealt['accuracy']['fusion']:.1f} % (chance {100 / 15:.1f} %)")

# %% [markdown]
# ## 11 · Out of context (7 minutes)
#
# Push-ups happen in gyms and golf on lawns. A classifier that looks at the *place* is right on such
# data for the wrong reason. posekit can make such data: with `backgrounds="tied"` each action has
# places of its own. At test time the places can be tied as well, or *any*, or *swapped*: each
# action in the places of the next one. (Of 64 rooms, parks and streets each of these five actions gets
# twelve. The figure shows one of the twelve, so the third row need not have the very place that the
# next action has in the first.)

# %%
DOING = ("baseball_pitch", "clean_and_jerk", "pushup", "squat", "golf_swing")
fig, axes = plt.subplots(3, 5, figsize=(13, 7.4), layout="constrained")
for row, places in zip(axes, ("tied", "any", "swapped")):
    shown = synthetic.Clips(SEED + 3, 5, 1, 160, action=DOING, backgrounds=places)
    for ax, one in zip(row, shown):
        ax.imshow(one.frames[0])
        ax.set(xticks=[], yticks=[])
    row[0].set_ylabel(places)
for ax, name in zip(axes[0], DOING):
    ax.set_title(name.replace("_", " "))
plots.show(fig, "Five actions, each with its own place in the first row, anywhere in "
           "the second, and in the next action's place in the third.", dpi=70)

# %% [markdown]
# In class the context has to be learnt in seconds, so we make one that is easy to see: the colour
# of the light. Each of five actions gets a light of its own. Two readers learn from clips in tied
# light. Both are action streams as in section 10, and each reads what the shipped network gives it:
# the **pose** stream the joints, the **appearance** stream the features at the joints. The shipped
# network itself is not trained further. A third reader knows the **light alone**: it names the
# action of the training clip whose mean hue is most like this one's. **Predict** the numbers
# roughly: who is fooled?

# %%
LIGHT = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [0, 1, 1]])
GAIN = 1 + 0.3 * (LIGHT - LIGHT.mean(1, keepdim=True))  # (5, 3), one for each action
KINDS = {"tied": 0, "any": None, "swapped": 1}  # whose light: its own, none, the next's


def lit(part, kind):
    """The images (B, T, 3, H, W) of a batch in that light."""
    if KINDS[kind] is None:
        return part.images
    gain = GAIN[(part.actions + KINDS[kind]) % len(GAIN)]  # (B, 3)
    return (part.images * gain[:, None, :, None, None]).clamp(0, 1)


# %% [markdown]
# The clips, and a function that runs the shipped network and keeps what it hands to its two streams:

# %%
eight = Look(SIDE, 8, "lsp14", progress=False)  # 8 frames
train, test = (
    ClipDataset(eight.clips(f"synthetic:{split}", count, DOING, seed=SEED)).batch(
        range(count))
    for split, count in zip(("train", "test"), READERS))


def given(images):
    """What the two streams are given of clips: images (N, C, T, K) for each."""
    kept = []
    hooks = [stream.register_forward_pre_hook(lambda _, inputs: kept.append(inputs[0]))
             for stream in net.heads.streams.values()]
    with torch.no_grad():
        net(images), [hook.remove() for hook in hooks]
    return kept


# %%
def taught(stream, images):
    rule = torch.optim.AdamW(stream.parameters(), lr=3e-3)
    draw = np.random.default_rng(SEED)
    for _ in range(10 * STEPS):
        some = draw.integers(len(images), size=16)
        loss = action_loss({"stream": stream(images[some])}, train.actions[some])
        rule.zero_grad(), loss.backward(), rule.step()
    return stream.eval()


def reader(entry):
    """An untrained stream for five actions."""
    torch.manual_seed(SEED)
    return ActionStream(entry, width=32, actions=len(DOING), dropout=0.2)


# %% [markdown]
# Now the streams learn in tied light, and each reader answers in each light. The fusion adds the two
# streams' log-probabilities.

# %%
told = dict(zip(KINDS, (given(lit(test, kind)) for kind in KINDS)))
answers = {}
entries = {"pose": PoseEntry(3, 32), "appearance": AppearanceEntry(64, 32)}
for n, (name, images) in enumerate(zip(entries, given(lit(train, "tied")))):
    stream = taught(reader(entries[name]), images)
    with torch.no_grad():
        answers[name] = [stream(told[kind][n])[-1].log_softmax(1) for kind in KINDS]
answers["fusion"] = [one + two for one, two in zip(*answers.values())]
hue = [F.normalize(images.mean((1, 3, 4)), p=1) for images in
       (lit(train, "tied"), *(lit(test, kind) for kind in KINDS))]  # (N, 3) each
nearest = [torch.cdist(one, hue[0]).argmin(1) for one in hue[1:]]
answers["light alone"] = [F.one_hot(train.actions[n], len(DOING)) for n in nearest]

# %%
fig, ax = plt.subplots(figsize=(9, 3.8), layout="constrained")
for n, (kind, hatch) in enumerate(zip(KINDS, ("", "//", ".."))):
    right = [100 * (said[n].argmax(1) == test.actions).float().mean().item()
             for said in answers.values()]
    place = np.arange(len(right)) + 0.27 * (n - 1)
    bars = ax.bar(place, right, 0.27, hatch=hatch, ec="white", label=kind)
    ax.bar_label(bars, fmt="%.0f", fontsize=12)
ax.axhline(20, color="0.4", ls=":")
ax.set_xticks(range(len(answers)), list(answers))
ax.set(ylabel="right, %", ylim=(0, 108), title="Taught in tied light (dotted: chance)")
fig.legend(ncols=3, loc="outside lower center")
plots.show(fig, "Right answers of pose, appearance, their fusion and the light alone, "
           "in tied light, without a light, and in the next action's light.")

# %% [markdown]
# **Explain.** One clip is 4 points, so differences of one or two clips mean nothing. The light
# alone shows that there is a context to be read: in tied light it is right far more often than
# chance, and in swapped light hardly ever, since it then points to the next action. The two streams
# hardly use it. The likely reason lies before them: the shipped network learnt to find joints in
# images that were recoloured at random, so its features need not hold anything about the light, and
# **what is not in the features cannot fool a stream**. The experiment does not prove the reason. To
# prove it, one would train a network without recolouring and look again.
#
# What happens when the whole network is trained on tied *places*, backbone and all? Recorded on
# rendered clips of people never seen (8 frames of 64 pixels, fifteen actions):
#
# | right, %, trained on tied places | pose | appearance | fusion |
# |---|---|---|---|
# | tested on tied places | 30.0 | 34.2 | 36.9 |
# | tested on any places | 32.2 | 34.0 | 39.6 |
# | tested on swapped places | 32.7 | 38.2 | 41.1 |
#
# (`python tests/benchmarks/multitask_study.py`, 450 clips, the mean of three seeds, 150 test clips, so
# that the standard error of each figure is about 4 points.) A stream that reads the places must fall
# where they are swapped. None does: the lines differ by at most 5 points, and swapped places are the
# best of them. So with so few clips and steps no stream has learnt the places. That is no proof that
# it could not. It says that here the joints, which have a loss of their own in every frame, may have
# been learnt before the background was.
#
# ## 12 · Does sharing help? (5 minutes)
#
# Ammar Khodja claims that multitask learning gives *a shared representation*, *better generalization,
# especially with limited data*, and that it *acts as regularization*. To test this, one needs a network
# that was trained for a single task, and the slides show none. Here is the experiment: the same
# network, clips, number of steps and start, trained for all tasks or for one; with all labels or with
# a tenth of them.
#
# | trained for | labels | PCK of seen, % | MPJPE, mm | action: pose, % | appearance, % | fusion, % |
# |---|---|---|---|---|---|---|
# | all tasks | all | 28.4 | 267 | 29.1 | 33.1 | 35.6 |
# | 2D alone | all | 41.1 |  |  |  |  |
# | 2D and 3D | all | 37.4 | 240 |  |  |  |
# | action alone | all |  |  | 20.9 | 25.8 | 23.1 |
# | all tasks | a tenth | 23.0 | 288 | 31.3 | 30.9 | 34.9 |
# | 2D alone | a tenth | 38.0 |  |  |  |  |
# | 2D and 3D | a tenth | 35.4 | 252 |  |  |  |
# | action alone | a tenth |  |  | 26.9 | 23.1 | 26.4 |
#
# <details><summary>For the curious: how this was measured</summary>
#
# `python tests/benchmarks/multitask_study.py`: 450 rendered clips of 8 frames of 64 pixels and as
# many images, or a tenth of both; 228 steps of AdamW in every row, from chapter 03's backbone;
# scored after the last step on 150 clips of people never seen. The mean of three seeds; one thread of
# a CPU, 2026-11-29. The standard error of one share of right actions is about 4 points; the three
# seeds of a row lie at most 6 points of PCK and 11 points of right actions apart.
#
# </details>
#
# **Explain.** *Action*: with all labels the network that also learns joints is far ahead of the one
# that learns actions alone, 36 % against 23 % by fusion. Joints may tell it where to look. *Joints*:
# here sharing costs much. After the same number of steps the network that learns 2D joints alone is
# better at them by 13 points than the one that learns everything; depth takes 4 of these points, and
# the action the other 9. In space, too, the network without the action is better, by 27 mm. With a
# tenth of the labels, where the largest gain was claimed, it is the same: actions are better
# together, 35 % against 26 %, and joints are better alone, by 15 points. But compare the actions with
# all labels and with a tenth: ten times as many labels hardly help. In 228 steps all 450 clips are
# seen four times only, so the number of steps limits these trainings. What sharing brings where the
# *labels* are few, they cannot tell. So "multitask learning helps" is not one claim: ask *which
# task*, *how much data* and *how long a training*. These trainings take a minute each, and a long one
# may end otherwise.
#
# ## 13 · Real clips: Penn Action, and what gives its actions away (9 minutes)
#
# *Penn Action* has 2,326 clips of the same fifteen actions, 13 joints clicked in each frame, and an
# official split: 1,258 clips to train, 1,068 to test. Before you train anything, ask what can be
# known *without* looking at the movement.
#
# In each frame the labels tell which joints are visible. A joint that is not seen has coordinates
# all the same, and 36 % of those lie exactly on the border of the frame, where the labelling tool
# left them. So a network that is given the coordinates can read *which joints were seen*, and that
# depends on what was filmed: in the training clips of strumming a guitar the ankles are seen in 4 %
# of the frames, in those of jumping jacks in 90 %. This is a **leak**. How much does it give away?
# The classifier below takes the five nearest training clips, and knows no coordinate:
#
# | what it knows | right, % |
# |---|---|
# | nothing: the most frequent action of the test clips | 11.0 |
# | in which share of the frames each joint is seen | 50.9 |
# | besides, the number of frames, and the height and width of the image | 54.2 |
#
# (Nobody can know the most frequent action of the test clips. Who always says *bowl*, the commonest
# of the training clips, is right on 8.0 %.) Half of the clips are named without a single coordinate.
# (Another program for the same five
# neighbours counts 49.3 and 55.3.) A network that reports 60 % on Penn Action may have learnt
# nothing about movement. posekit therefore prepares clips in this way: a joint that is not seen in
# a frame is interpolated in time; one that is never seen is put amid its neighbours; lengths and
# sizes are normalised away. Since a straight line in time can still be recognised, the floor
# belongs beside every score:

# %%
if DATASET == "penn_action":
    train, test = (list(catalog.load_clips("penn_action", part, images=False))
                   for part in ("train", "test"))
    for what in (skeleton_clips.fill_pattern, skeleton_clips.fill_and_shape):
        floor = skeleton_clips.leak_accuracy(train, test, what)
        print(f"{what.__name__:>14}: {floor.accuracy:.1f} % of {floor.clips} clips")
    print(f"{'nothing':>14}: {floor.majority:.1f} %, the training's commonest action")
else:
    print("With DATASET = 'penn_action' this cell and the next compute what the tables "
          "record.\n`posekit data get penn_action` fetches the labels, from your lab's "
          "mirror if there is one.")

# %%
if DATASET == "penn_action":
    recipe = tasks.get("penn_pose")
    clips_train, clips_val = recipe.load(DATASET, recipe.plans[PROFILE], SEED)
    reader = tasks.build(recipe, clips_train, SEED)
    tasks.fit_recipe(recipe, reader, clips_train, clips_val, seed=SEED,
                     epochs=recipe.plans[PROFILE].epochs)
    about = recipe.card(DATASET, clips_train, clips_val)
    print(recipe.table(recipe.evaluate(reader, about, "penn_action:test")))

# %% [markdown]
# Recorded on the official split, with the pose stream alone: coordinates of 13 joints at 16 frames,
# no flags, no lengths, no sizes. The last tenth of each action's training clips chooses the epoch;
# the 1,068 test clips are scored once for each seed.
#
# | | right, % |
# |---|---|
# | most frequent action of the test clips | 11.0 |
# | pattern of visible joints alone | 50.9 |
# | length of the clip and size of the image alone | 22.5 |
# | both | 54.2 |
# | **pose stream**, three seeds | 97.8, 96.6, 96.0: **mean 96.8, standard error 0.5** |
#
# | action | right, % | action | right, % | action | right, % |
# |---|---|---|---|---|---|
# | baseball pitch | 98.9 | golf swing | 96.5 | sit-up | 96.0 |
# | baseball swing | 98.9 | jump rope | 98.4 | squat | 99.1 |
# | bench press | 100.0 | jumping jacks | 98.2 | strum guitar | 97.9 |
# | bowl | 89.8 | pull-up | 99.7 | tennis forehand | 87.9 |
# | clean and jerk | 94.8 | push-up | 96.6 | tennis serve | 99.5 |
#
# <details><summary>For the curious: how this was measured</summary>
#
# `posekit train penn_pose --seed 0` (1, 2), then `posekit eval
# runs/penn_pose-full-penn_action/penn_pose.safetensors --data penn_action:test`; one thread of a
# CPU, 2026-11-29. The table of actions is the mean of the three seeds. One test clip is 0.09
# points. The joints are clicked by people, and not found by a network.
#
# </details>
#
# **Explain.** Without flags, lengths and sizes the pose stream is right on nearly all clips, more
# than 40 points above what leaks. Bowling and the tennis forehand are the hardest. For comparison:
# the best published figure that we know is 98.9 % (Kim and Lee, 2021), from images and poses together.
#
# ### Two pictures from Ammar Khodja's slides
#
# The slides show two frames of Penn Action: *Bench press action with accuracy 54.6 %* and *Sit ups
# action with accuracy 33.41 %*. A single picture has no accuracy. The number in its corner is most
# likely the network's **confidence**, the probability that it gives to its answer for this clip. The accuracy
# of a class is the share of its clips that are right. The two are different things: a network can
# be right with a confidence of 33 %, because fourteen other actions share the rest, and it can be
# wrong with 99 %. If so, the two pictures say that the answer was not sure, and nothing about how often
# it is right. The table above has accuracies: of Penn's test clips, 100.0 % of the bench presses
# and 96.0 % of the sit-ups. Here are both figures, for the same two actions, on our rendered clips:

# %%
probability = torch.from_numpy(found.logits["fusion"]).softmax(1).numpy()  # (N, 15)
fig, ax = plt.subplots(figsize=(9, 3), layout="constrained")
for line, (name, theirs) in enumerate((("bench_press", 54.6), ("situp", 33.41))):
    mine = clips.actions == ACTIONS.index(name)
    sure, hit = 100 * probability[mine].max(1), fused[mine] == clips.actions[mine]
    ax.plot(sure[hit], np.full(hit.sum(), line), "o", color="C0", ms=10, alpha=0.7)
    ax.plot(sure[~hit], np.full((~hit).sum(), line), "x", color="C1", ms=11, mew=3)
    ax.plot(theirs, line, "D", color="k", ms=10)
    ax.text(104, line, f"{hit.sum()} of {len(hit)} right", va="center")
ax.set(yticks=(0, 1), yticklabels=("bench press", "sit-up"), ylim=(-0.6, 1.6),
       xlim=(0, 102), xlabel="confidence in the answer, %",
       title="Circles: ours, right; crosses: ours, wrong; diamonds: the slides'")
plots.show(fig, "Confidences of our answers for bench press and sit-up clips, right "
           "ones as circles and wrong ones as crosses; the slides' two as diamonds.")

# %% [markdown]
# (The slides' frames are photographs and ours are rendered, so the figures cannot be compared; the
# *kind* of figure can.)
#
# One more correction. The slides give MPII as 25,000 images, *with 15,000 training samples, 3,000
# validation samples, and 7,000 testing samples*. MPII's 25,000 images show about 40,000 people, and
# its users split the *people*: 22,246 to train, 2,958 to validate, and 7,247 to test, whose labels
# were never published. So the 3,000 and the 7,000 look like numbers of people, and the 25,000 are
# images: they do not belong into one sum. A split that nobody else uses makes a score that
# nobody can compare.
#
# ## 14 · Photographs (4 minutes)
#
# The network has learnt from rendered people only. These are the seven photographs that come with
# posekit, each a clip of one frame: no action, and no neighbours in time to correct depth. Nothing
# tells how large a pixel is on a photograph, and a volume gives x and y in pixels but z in metres.
# So `in_metres` chooses the scale at which the limbs come nearest to a usual length, 0.42 m, by least
# squares.

# %%
people = cache_crops(catalog.load("photos", skeleton="lsp14"), SIDE, progress=False)
names = [name for name, _ in people.people]
complete = (people.visible > 0).sum(1)  # labelled joints of each person
chosen = [max(np.flatnonzero(np.array(names) == name), key=complete.__getitem__)
          for name in dict.fromkeys(names)]  # one person of each photograph
seen_once = clip_scores.predict(net, single_frames(people))

# %%
fig = plt.figure(figsize=(13, 4.2), layout="constrained")
for column, n in enumerate(chosen):
    ax = fig.add_subplot(2, 7, column + 1)
    ax.imshow(fill_edges(people.inputs()[n]))
    flags = 1 + (seen_once.seen[n] > 0.5)
    plots.show_pose(ax, seen_once.points[n, :, :2], flags, "lsp14", width=2, marker=3)
    ax.set_axis_off()
    ax = fig.add_subplot(2, 7, column + 8, projection="3d", proj_type="ortho")
    in_the_round(ax, inference.in_metres(seen_once.points[n], "lsp14"))
plots.show(fig, "One person of each of seven photographs with the skeleton found, and "
           "below it the same skeleton in space.")

# %% [markdown]
# (The seven photographs are from Flickr, CC BY 2.0; `DATA.md` names each of them.)
#
# Look at each of them, and decide what you would trust. There is no score here: seven photographs
# are too few for one, and nobody measured these people's depth. The network has 160 pixels for a
# person and has never seen a photograph. Chapter 04's section 11 shows how much learning from
# photographs brings. Where Leeds Sports Poses is on the machine, `posekit eval multitask --data
# lsp:val` scores the joints in the image on 200 photographs.
#
# ## 15 · Live (2 minutes)
#
# ```
# posekit live --model multitask
# posekit live --model multitask --source exercise.mp4 --out answer.mp4
# ```
#
# The skeleton lies on the image, a small one in space turns beside it, and below stands the action
# with its confidence, of the last 16 frames. Try an action that is none of the fifteen. The network
# has no answer for *something else*: its probabilities sum to 1, whatever you do.

# %% [markdown]
# ## 16 · Your turn
#
# Four exercises, the last one hard, and an experiment. Write your answer in place of `raise
# NotImplementedError` and run the cell; `hint()` gives one hint at a time, `solution()` shows ours.
# All of them are NumPy.

# %%
ex = exercises.chapter("07_multitask_pose_and_action")

# %% [markdown]
# ### Exercise 1: visibility from volumes
#
# The sigmoid of the highest of all cells of a joint's raw volume. Values may be in the thousands,
# and there may be no person at all.

# %%
def visibility(volumes):
    """(people, joints, d, h, w), raw. -> (people, joints) from 0 to 1"""
    raise NotImplementedError


ex.visibility.check(visibility)
# ex.visibility.hint()
# ex.visibility.solution()

# %% [markdown]
# ### Exercise 2: a loss for mixed labels
#
# The mean of $|e| + e^2$ over all coordinates that are known. x and y are known where `visible` is
# above 0. z is known where, besides, the target's z is not NaN. 0.0 where nothing is known.

# %%
def elastic_net(predicted, target, visible):
    """(people, joints, 3) twice, (people, joints). -> a number"""
    raise NotImplementedError


ex.elastic_net.check(elastic_net)
# ex.elastic_net.hint()
# ex.elastic_net.solution()

# %% [markdown]
# ### Exercise 3: re-injection by hand
#
# What a block hands on: its input `x`, what it made of it (`refined`), and the raw volumes that it
# read off, brought back to C channels by a 1 × 1 convolution. All three are added. `weight` is (C,
# K D) and `bias` (C,); map number k · D + d is depth cell d of joint k. There may be no image at all.

# %%
def reinject(x, refined, volumes, weight, bias):
    """(n, C, h, w) twice, (n, K, D, h, w), (C, K D), (C,). -> (n, C, h, w)"""
    raise NotImplementedError


ex.reinject.check(reinject)
# ex.reinject.hint()
# ex.reinject.solution()

# %% [markdown]
# ### Exercise 4 (hard): the appearance at each joint
#
# Make the appearance stream's image. `features` holds the frames of all clips, one after the other,
# and `volumes` the raw volumes of the same frames. A joint's heatmap is the softmax over its
# *whole* volume, summed over depth. For each frame and joint take the mean of the features under
# the heatmap. The features may be finer than the heatmaps: r × r of their cells share one cell of
# the heatmap evenly. Return one image for each clip: C channels, T rows, K columns.

# %%
def appearance_pooling(features, volumes, frames):
    """(clips T, C, r h, r w), (clips T, K, D, h, w), T. -> (clips, C, T, K)"""
    raise NotImplementedError


ex.appearance_pooling.check(appearance_pooling)
# ex.appearance_pooling.hint()
# ex.appearance_pooling.solution()

# %% [markdown]
# ### An experiment: the movement or the posture?
#
# Does the network need the *order* of the frames, or even more than one of them? **Predict** the
# accuracy of pose, appearance and fusion when a clip's frames are (a) as they are, (b) played
# backwards, (c) shuffled, (d) all the middle frame. The cell below does (a) and (d). Write the
# other two, look at single actions as well, and write your conclusion in three sentences: what does
# the network look at, for which actions does order matter, and is that a fault of the network or of
# the fifteen actions?

# %%
def in_order(order):
    """Right answers of each stream, %, with the frames of every clip in that order."""
    given = ClipDataset(clips).batch(range(len(ACTIONS)))  # a clip of each
    with torch.no_grad():
        said = net(given.images[:, order]).actions
    return {name: 100 * (logits[-1].argmax(1) == given.actions).float().mean().item()
            for name, logits in said.items()}


for name, order in (("as they are", range(T)), ("the middle frame", [T // 2] * T)):
    print(f"{name:>16}:", *(f"{stream} {right:.0f} %"
                            for stream, right in in_order(list(order)).items()))

# %% [markdown]
# <details><summary>What we found</summary>
#
# Sixty clips of people never seen, right answers in per cent:
#
# | frames | pose | appearance | fusion |
# |---|---|---|---|
# | as they are | 100 | 98 | 100 |
# | backwards | 77 | 88 | 90 |
# | shuffled | 85 | 88 | 92 |
# | the middle frame, 16 times | 43 | 50 | 55 |
#
# By the fusion, bench press, jump rope, pull-up, push-up, sit-up and strumming a guitar are always
# right, even from one frame: their posture is enough. Both swings, the forehand and jumping jacks are
# never right without movement, and pitch, serve, and clean and jerk once in four. The order matters
# less: played backwards, three of the four pitches, two of the four serves and one clean and jerk
# become something else, and everything else stays right, since most of the fifteen actions go back to
# where they began and look alike both ways. With four clips of each action these are hints. It is a
# fault of the fifteen actions as much as of the network: a set in which the direction of time decides
# would need pairs such as *sit down* and *stand up*.
#
# </details>

# %% [markdown]
# ## 17 · Recap
#
# - **One backbone, several heads**: the heads are cheap, so one pass gives joints in the image,
#   joints in space, visibility and action. An image is a clip of one frame.
# - **Soft-argmax over a volume** gives x, y and z under one softmax; the volume's **level** is free
#   and carries the visibility.
# - **A mask for each coordinate** lets samples with and without depth share a batch. An unknown
#   depth taken as 0 teaches that people are flat.
# - **Re-injection** puts what a block predicted back into the features, so that the next one can
#   correct a joint by the others.
# - **A pose over time is an image** of frames × joints. A pose stream reads coordinates, an
#   appearance stream the features at the joints; a weighted sum fuses them.
# - **Test out of context**: tie backgrounds to actions in training, swap them in the test, and see
#   which reader is fooled.
# - **Ask what leaks** before you believe an accuracy: on Penn Action the pattern of visible joints
#   alone names half of the clips.
# - A **confidence** is not an **accuracy**.
#
# ### Quiz
#
# **1. You train on clips with depth and on photographs without. A friend fills the missing depths
# with 0, "because the mean depth about the hips is 0 anyway". What will the network do on a
# photograph of a person who stretches an arm towards the camera?**
#
# <details><summary>Answer</summary>
#
# It has learnt that people *on photographs* are flat: each photograph taught z = 0 with full force.
# A network tells photographs from rendered people easily, so it may be right on rendered clips and
# flat on photographs. Masking z leaves its depth on photographs to what it learnt from the clips,
# which is not certain to be right, and is at least not taught wrong.
#
# </details>
#
# **2. Adding 10 to all cells of a joint's volume changes which of the network's answers, and how?**
#
# <details><summary>Answer</summary>
#
# The joint's x, y and z as its block reads them stay, and its heatmap too, since softmax does not
# change. The visibility grows towards 1. With it the correction in time changes all joints a little,
# since it reads the visibility, and so does the pose stream, which multiplies by it. If the volume is
# that of a block that is not the last, the next block sees other features, because raw volumes are put
# back.
#
# </details>
#
# **3. On clips with swapped backgrounds a classifier has 2 % right, and chance is 20 %. What has it
# learnt?**
#
# <details><summary>Answer</summary>
#
# The place, and nearly nothing else. Somebody who knows nothing has 20 %. To be *worse* than chance
# one must answer by something that is reliably wrong, here the place, which belongs to the next
# action.
#
# </details>
#
# **4. On Penn Action a pose network reports 62 %. Its input is x, y and visibility of each joint.
# Is it good?**
#
# <details><summary>Answer</summary>
#
# Compare it with the floor, not with chance. Visibility alone gives 51 %, with the clip's length
# and the image's size 54 %. So 62 % is little more than the leak. Interpolate the joints that are
# not seen, leave the flags out, train again, and print the floor beside the new score.
#
# </details>
#
# **5. A network has a confidence of 33 % in *sit-up*. Is it likely to be wrong?**
#
# <details><summary>Answer</summary>
#
# One cannot tell from one clip. If its confidences are calibrated (chapter 04's reliability curve),
# about a third of the answers with 33 % are right, which for fifteen actions is still five times
# chance. Networks are often not calibrated. Count, over many clips, how often answers of about 33 %
# are right.
#
# </details>
#
# ### Where this comes from
#
# - Rayane Ammar Khodja, *Joint 2D and 3D Pose Estimation and Action Recognition*, supervised by
#   Hedi Tabia: the talk behind this chapter.
# - D. C. Luvizon, D. Picard, H. Tabia, *2D/3D Pose Estimation and Action Recognition using
#   Multitask Deep Learning*, CVPR 2018: the network, re-injection, both streams.
# - W. Zhang, M. Zhu, K. G. Derpanis, *From Actemes to Action: A Strongly-Supervised Representation
#   for Detailed Action Understanding*, ICCV 2013: Penn Action.
# - K. Simonyan, A. Zisserman, *Very Deep Convolutional Networks for Large-Scale Image Recognition*,
#   ICLR 2015; C. Szegedy, S. Ioffe, V. Vanhoucke, A. Alemi, *Inception-v4, Inception-ResNet and the
#   Impact of Residual Connections on Learning*, AAAI 2017: the two backbones.
# - G. Moon, H. Kwon, K. M. Lee, M. Cho, *IntegralAction: Pose-driven Feature Integration for Robust
#   Human Action Recognition in Videos*, CVPR Workshops 2021: pose against appearance, out of
#   context.
# - J. Kim, D. Lee, *Activity Recognition with Combination of Deeply Learned Visual Attention and Pose
#   Estimation*, Applied Sciences 11, 4153, 2021: 98.9 % on Penn Action.
# - R. Caruana, *Multitask Learning*, Machine Learning, 1997: the idea of sharing.
#
# **Next:** chapter 08, which lifts joints found in an image into space.
