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
#     title: 3D pose machines
#     promise: Turn joints on the image into joints in space, learn what an image cannot tell about depth, and correct an answer while it is used.
#     minutes: 90
#     real_data: [humaneva]
# ---

# %% [markdown]
# # 08 · 3D pose machines: the depth that an image does not show
#
# **In this chapter you lift a person's joints from the image into space. You find out what an image
# cannot tell, train two small networks that guess it well, take the network of a talk apart (Varpe
# Pratiksha Maruti, *3D Human Pose Machines*), measure what it costs, and let it correct its own
# answers.**
#
# | | |
# |---|---|
# | Time | 90 minutes of reading and trying, and the exercises |
# | Run, `quick`, 2 CPU cores | about 30 s, 1.4 GB of memory |
# | Run, `full`, GPU | not measured |
# | You will | **explain** why depth is ambiguous · **project** with a camera · **tell apart** four errors and two protocols · **train** a network that lifts · **correct** its answers, and say when that hurts · **use** joints in space |
# | Before you start | chapters 01 and 02: joints, regression; a course in linear algebra |

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
DATASET = "synthetic"  # or "humaneva": people who were measured while they walked
SEED = 0  # same seed, same people, same networks

# %%
import time
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.patches import Polygon
from tqdm import tqdm

# %%
from posekit import catalog, checkpoints, exercises, geometry, lifting, live, metrics
from posekit import plots, skeletons, synthetic, widgets
from posekit import lifting_scores as scores
from posekit.cameras import Camera
from posekit.data.takes import LiftWindows, cut, in_camera, in_units, take_of
from posekit.models.layer_counts import layer_counts
from posekit.models.lifters import LinearLifter, PoseMachineLifter, TemporalLifter
from posekit.models.pose_machine_3d import PoseMachine3D
from posekit.tasks.lifting import bones, machine_loss, open_takes, pose_loss

# %%
plots.style()
torch.set_num_threads(1)  # networks this small gain nothing from a second core
SKELETON = "humaneva15"  # fifteen joints, from the pelvis to the head
ROOT = skeletons.get(SKELETON).index("pelvis")
JOINT = {name: n for n, name in enumerate(skeletons.get(SKELETON).joints)}
STEPS = {"smoke": 5, "quick": 200, "full": 3000}[PROFILE]  # of each training in class
MOTIONS = {"smoke": 26, "quick": 52, "full": 520}[PROFILE]  # 26 actions of each person
CLOCK = time.perf_counter if sys.platform == "win32" else time.process_time

# %% [markdown]
# ## 1 · The result first (3 minutes)
#
# A person throws a baseball. A network gets the fifteen joints on the image, frame after frame, and
# nothing else. It answers with fifteen joints in **space**, in metres about the pelvis, so that the
# person can be seen from any side.

# %%
lifter, card = checkpoints.load_pretrained("lifter")
clip = synthetic.Clips(SEED + 6, 1, 48, 256, SKELETON, "baseball_pitch", 30)[0]
throw = take_of(clip)  # its joints on the image, and the true ones in space


def lifted(take, **options):
    """The network's answer to a take: (T, 15, 3) metres about the pelvis."""
    points = in_units(take.points, card["units"], take.size, ROOT)
    return lifting.lift(lifter, points, SKELETON, **options)


joints = lifted(throw)
print(f"joints on the image {throw.points.shape} -> joints in space {joints.shape}")

# %%
def turned(joints, degrees):
    """Joints (..., 3) turned about the vertical."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return joints @ np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]])


def show_turned(ax, joints, degrees, title="", reach=1.1):
    """A pose (15, 3) turned about the vertical, and drawn without its depth."""
    plots.show_pose(ax, turned(joints, degrees)[:, :2], None, SKELETON)
    ax.set(xlim=(-reach, reach), ylim=(reach, -reach), aspect="equal", title=title,
           xlabel="metres", xticks=(-1, 0, 1), yticks=(-1, 0, 1))


# %% [markdown]
# Above the joints that the network gets, below its answer, seen from the side:

# %%
fig, axes = plt.subplots(2, 4, figsize=(13, 6.8), layout="constrained")
for (above, below), frame in zip(axes.T, (4, 16, 29, 40)):
    above.imshow(clip.frames[frame])
    plots.show_pose(above, throw.points[frame], None, SKELETON)
    above.set_axis_off()
    above.set_title(f"frame {frame}")
    show_turned(below, joints[frame], 90, "lifted, from the side")
plots.show(fig, "Four frames of a rendered person who throws a ball; below each, "
           "the lifted skeleton as a camera beside the person would see it.")

# %%
def at(ax, frame, turn):
    show_turned(ax, joints[frame], turn, f"frame {frame}, turned by {turn}°")


widgets.explore(at, "The lifted skeleton of one frame turned by 0, 60, 120 and 180 "
                "degrees.", [{"frame": 29, "turn": turn} for turn in (0, 60, 120, 180)],
                {"frame": (0, 47, 1), "turn": (-180, 180, 15)})

# %% [markdown]
# Blue and solid is the person's left, vermilion and dashed their right. Turn the skeleton if you run
# this live. The image shows one side only. Where does the rest come from?
#
# ## 2 · One image cannot tell depth (6 minutes)
#
# A camera sees *along rays*. Everything on one ray lands on the same pixel. So take the true pose,
# and move each joint along its own ray: what was nearer than the pelvis now lies as far behind it.
# Or leave the pose alone and make everything twice as large and twice as far away.
#
# **Predict.** By how many pixels do the images of these two differ from the first one?

# %%
FRAME = 29
pose = in_camera(clip)[FRAME, 0]  # (15, 3) metres, in the camera's axes
pixels = clip.camera.project(pose, "camera")  # (15, 2)
behind = 2 * pose[ROOT, 2] - pose[:, 2]  # depths on the other side of the pelvis
twins = {"the true pose": pose,
         "moved along the rays": clip.camera.unproject(pixels, behind, "camera"),
         "twice as large and as far": 2 * pose}

# %% tags=["check"]
for name, other in twins.items():
    apart = np.abs(clip.camera.project(other, "camera") - pixels).max()
    print(f"{name:>25}: pelvis {other[ROOT, 2]:5.2f} m away, "
          f"the image differs by {apart:.3f} pixels")

# %% [markdown]
# All three have the same image. From the side they are three poses:

# %%
fig, axes = plt.subplots(1, 4, figsize=(13, 4), layout="constrained")
axes[0].imshow(clip.frames[FRAME])
plots.show_pose(axes[0], pixels, None, SKELETON)
axes[0].set_axis_off()
axes[0].set_title("the image of all three")
for ax, (name, other) in zip(axes[1:], twins.items()):
    show_turned(ax, other - other[ROOT], 90, name, reach=1.7)
axes[1].set_ylabel("from the side, metres")
plots.show(fig, "One image, and three poses that have exactly this image: the true "
           "one, its mirror image in depth, and a giant further away.")

# %% [markdown]
# **Explain.** By nothing. No network, however large, can get out of an image what is not in it. Two
# things are lost. The **scale**: a child near by and a grown-up far away look alike. So networks
# answer in metres *about the pelvis*, and guess a usual size. And for each joint the **depth**. If
# we know how long the 14 limbs are, each limb still leans either towards the camera or away from it,
# which leaves $2^{14} = 16{,}384$ poses (the idea of Lee and Chen, 1985).
#
# What helps is that most of these are no poses at all: knees bend one way, and people stand on
# their feet. This knowledge cannot be seen, but it can be *learnt*, from many poses whose depth
# somebody measured.
#
# ## 3 · Cameras (5 minutes)
#
# The measured joints are in the axes of a laboratory, and what we train on is what a camera sees of
# them. First, a point $W$ of the laboratory goes into the **camera's axes**, x to the right, y down,
# z forward: $X = R\,W + t$, with the camera's rotation $R$ and translation $t$. Then **perspective**,
# with the focal length $f$ in pixels and the centre $(c_x, c_y)$ of the image, gives the pixel
# $(u, v)$:
#
# $$u = f\,\frac{X_x}{X_z} + c_x, \qquad v = f\,\frac{X_y}{X_z} + c_y$$
#
# The division by $X_z$ is all that perspective is. `Camera.project` is this formula, and exercise 1
# asks you to write it.
#
# **Predict.** Below, the camera comes nearer, and at the same time $f$ shrinks, so that the pelvis
# stays as large. What changes?

# %%
def from_distance(ax, metres):
    """The pose of section 2, equally large on the image, from near by and far away."""
    matrix = np.array([[150 * metres, 0, 200], [0, 150 * metres, 200], [0, 0, 1]])
    seen = Camera(matrix).project(pose - pose[ROOT] + [0, 0, metres], "camera")
    plots.show_pose(ax, seen, None, SKELETON)
    ax.set(xlim=(50, 350), ylim=(350, 50), aspect="equal", xlabel="x, pixels",
           ylabel="y, pixels", title=f"{metres:g} m away, f = {150 * metres:.0f}")


# %%
widgets.explore(from_distance, "The same pose from 1.5, 3 and 20 metres: from near by "
                "what is nearer to the camera is larger.",
                [{"metres": metres} for metres in (1.5, 3, 20)],
                {"metres": (1.5, 20.0, 0.5)})

# %% [markdown]
# **Explain.** From near by, what points at the camera becomes longer. From 20 metres hardly anything
# of perspective is left: the image is $x$ and $y$ times one number (*weak perspective*), and all of
# the depth is lost. This is also why a network can learn too much: the position of the person on the
# image and the bend of the perspective belong to one laboratory's cameras. Our network does not get
# the position: it gets the joints in **person units**, about the pelvis and divided by their root mean
# square distance from it. The bend stays in them. So it learns from cameras that are drawn at random,
# and not from those of one laboratory.
#
# ## 4 · Four errors, and what each forgives (7 minutes)
#
# An error in space is a distance in millimetres, averaged over joints: the **mean per-joint position
# error**, MPJPE. Papers do not agree on what to forgive first:
#
# | | before the distance is measured, the prediction is |
# |---|---|
# | **P1** | moved, so that its pelvis lies on the true one |
# | **N-MPJPE** | also scaled, by the best factor about the pelvis |
# | **P2** | moved, scaled *and rotated*, as near to the truth as it can be (a similarity) |
# | **velocity** | nothing: it compares how far each joint moves from one frame to the next |
#
# **Predict.** Here are five wrong answers to section 1's clip. Which error sees which?

# %%
truth = throw.joints.astype(float)  # (48, 15, 3) metres
one_wrist = truth.copy()
one_wrist[:, JOINT["left_wrist"], 2] += 0.3
noise = np.random.default_rng(SEED).normal(0, 0.02, truth.shape)
wrong = {"1 m to the right": truth + [1, 0, 0], "1.2 times as large": 1.2 * truth,
         "turned by 30°": turned(truth, 30), "a wrist 30 cm too far": one_wrist,
         "trembling by 20 mm": truth + noise}

# %% tags=["check"]
def errors(predicted):
    """P1, N-MPJPE, P2 and velocity error in millimetres."""
    all_of = predicted, truth, throw.visible
    found = (metrics.mpjpe(*all_of, root=ROOT), metrics.n_mpjpe(*all_of, root=ROOT),
             metrics.pa_mpjpe(*all_of), metrics.mpjve(*all_of))
    return np.array([1000 * error.value for error in found])


seen = np.array([errors(predicted) for predicted in wrong.values()])
for name, row in zip(wrong, seen):
    print(f"{name:>22}:", "  ".join(f"{value:6.1f}" for value in row), "mm")

# %% [markdown]
# The same figures in colour; the darker, the larger:

# %%
fig, ax = plt.subplots(figsize=(8, 3.6), layout="constrained")
ax.imshow(np.sqrt(seen), cmap="Blues", aspect="auto", vmax=14)
for (row, column), value in np.ndenumerate(seen):
    ax.text(column, row, f"{value:.1f}", ha="center", va="center",
            color="white" if value > 60 else "black")
ax.set_xticks(range(4), ("P1", "N-MPJPE", "P2", "velocity"))
ax.set_yticks(range(5), wrong)
ax.set_title("Millimetres that four errors see in five wrong answers")
plots.show(fig, "A table of numbers: P2 is 0 for the moved, the scaled and the turned "
           "pose; the velocity error is large for the trembling one alone.")

# %% [markdown]
# **Explain.** P1 sees everything but the place. N-MPJPE also forgives the size, which no image
# tells. P2 also forgives which way the person faces, so a network may turn everybody and look good:
# never compare a P2 with a P1. The fourth row is a surprise: one wrist is wrong by 300
# mm, which is 20 mm for each of 15 joints, and P2 says *more*. The alignment makes the sum of the
# *squares* least, so it moves fourteen right joints to bring one wrong joint nearer. And a person
# who trembles looks wrong at once, while three of the errors stay small beside those of a turn; the
# velocity error tells, and it should be read beside each of the others.
#
# There is one more trap, the **mean over actions**. Tables on Human3.6M and HumanEva-I average the
# errors of the actions, each counting once, and not the frames. The two differ where actions are
# unequally long.
#
# ## 5 · A linear lifter in ten lines (10 minutes)
#
# What is the simplest network that could work? Numbers in, numbers out, and linear layers between
# (Martinez et al., 2017). With $K = 15$ joints:
#
# ```
# 2 K numbers                                                             3 K numbers
#   │ linear, norm, ReLU, dropout ──┬── twice the same ── + ──┬── twice the same ── + ── linear │
#                                   └─────────────────────┘   └─────────────────────┘
# ```
#
# ```python
# def layer(inputs, outputs):
#     return nn.Sequential(nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs),
#                          nn.ReLU(), nn.Dropout(0.1))
#
# x = first(points)                 # layer(2 * 15, 256): joints on the image, in person units
# x = x + two(one(x))               # two residual blocks of two layers
# x = x + four(three(x))
# return head(x)                    # nn.Linear(256, 3 * 15): metres about the pelvis
# ```
#
# It learns from **takes**: joints on the image and in space, frame after frame. Synthetic people do
# each of 26 actions and are seen by four cameras, each from another side. (No image is rendered:
# the network needs none.) A detector never gives the true joints, so the network learns from points
# with **faults**: errors that fade over some frames, left and right exchanged, joints that are lost.

# %%
halves = [cut(take) for take in open_takes(DATASET, "train", motions=MOTIONS)]
train = [first for first, _ in halves]
kept = [last for _, last in halves if last is not None]  # the last tenth of each take
test = open_takes(DATASET, "test", motions=26)[::4]
mean = scores.mean_pose(train)  # (15, 3): the baseline that needs no network
windows = partial(LiftWindows, train, units="person", faults=scores.POINTS["faults"],
                  seed=SEED, skeleton=SKELETON)
frames = sum(len(take.points) for take in train)
people, others = ({take.group for take in half} for half in (train, test))
print(f"{len(train)} takes to learn from, {frames:,} frames; {len(test)} to test")
print(f"people to learn from: {len(people)}, to test: {len(others)}, "
      f"in both: {len(people & others)}")

# %% [markdown]
# One training step, written out. A batch is 256 frames of any takes:

# %%
torch.manual_seed(SEED)
linear = LinearLifter(joints=15, hidden=256, dropout=0.1)
optimizer = torch.optim.AdamW(linear.parameters(), lr=4e-4)
single = windows(frames=1)
batch = single.batch(np.linspace(0, len(single) - 1, 256).astype(int))
predicted = linear(batch.points)  # (B, 1, 15, 2) -> (B, 1, 15, 3)
loss = (predicted - batch.joints).norm(dim=-1).mean()  # MPJPE, in metres
optimizer.zero_grad()
loss.backward()
optimizer.step()
print(f"{len(batch.points)} frames: loss {loss.item():.3f} m before the first step")

# %% [markdown]
# And many of them. The learning rate rises and falls, which helps so short a training.

# %%
def take_step(loss, optimizer):
    """What stood above, for any network."""
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


# %%
def learn(net, loss_of, windows, size, lr, steps=STEPS):
    """So many steps on batches of random windows; yields the loss of each."""
    optimizer = torch.optim.AdamW(net.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps)
    for step in tqdm(range(steps), "step", ascii=True):
        rows = np.random.default_rng([SEED, step]).choice(len(windows), size)
        yield take_step(loss_of(net, windows.batch(rows, epoch=step))[0], optimizer)
        schedule.step()


# %% [markdown]
# Every training of this chapter uses `learn`. The linear lifter comes first, and is then scored on the
# test people, from their true joints on the image:

# %%
curves = {"linear": list(learn(linear, pose_loss, single, 256, 4e-3))}
on = partial(scores.Asked, "person")
found = scores.score(linear.eval(), test, mean, on("truth"))
print(scores.table(found | {"actions": {}}))

# %% [markdown]
# **Explain.** Seconds of training, and it is far below the mean pose, which is what one gets without
# looking. Each frame is answered by itself, and its depth is *guessed* from what poses usually are.
#
# ## 6 · Time helps (8 minutes)
#
# A single frame is ambiguous, and a moving person should be less so: an arm that swings forward cannot
# have been behind the back a moment ago. So let the network see many frames. A **temporal
# convolution** (Pavllo et al., 2019) slides over time as a convolution of chapter 02 slides over the
# image. Each level looks three times as far as the one before, because its inputs lie 1, 3 and 9
# frames apart at the three levels (they are *dilated*).
#
# **Predict.** How many frames does one answer see after three levels of width 3?

# %%
fig, ax = plt.subplots(figsize=(12, 3.2), layout="constrained")
reached = {13}
for level, apart in ((3, 9), (2, 3), (1, 1)):
    below = {t + step * apart for t in reached for step in (-1, 0, 1)}
    lines = [(t, t + step * apart) for t in reached for step in (-1, 0, 1)]
    ax.plot(np.array(lines).T, [[level], [level - 1]], color="0.6", lw=1.5)
    ax.plot(sorted(reached), [level] * len(reached), "s", ms=9, color="C0")
    reached = below
ax.plot(sorted(reached), [0] * len(reached), "o", ms=7, color="C1")
ax.set_yticks(range(4), ("frames", "level 1", "level 2", "level 3"))
ax.set(xlabel="frame", title=f"One answer looks at {len(reached)} frames")
plots.show(fig, "A tree: one answer at the top, three values below it, nine below "
           "those, and 27 frames at the bottom.")

# %% [markdown]
# These 27 frames are its **receptive field**, here also called its *field*. In use the network goes
# through a whole clip with dilation. In training it gets windows of exactly 27 frames; of each level
# only every third answer is needed then, so a *stride* of 3 with the same weights gives the same
# numbers for a fraction of the work:

# %% tags=["check"]
torch.manual_seed(SEED)
temporal = TemporalLifter(joints=15, channels=128, dropout=0.05)
temporal.eval()
sequence = torch.randn(1, 40, 15, 2)
with torch.no_grad():
    dilated = temporal(sequence)  # (1, 14, 15, 3): one answer for each window of 27
    strided = torch.cat([temporal(sequence[:, t : t + 27]) for t in range(14)], 1)
    longer = sequence.clone()
    longer[:, 27] += 1  # the frame after the first window
    moved = (temporal(longer) != dilated).any(-1).any(-1)[0]
print("same numbers:", torch.allclose(dilated, strided, atol=1e-5))
print("answers that frame 27 reaches:", moved.nonzero().flatten().tolist())

# %% [markdown]
# (The first answer sees frames 0 to 26, so the change of frame 27 does not reach it.)
#
# Now train a small form of it, in as many steps, and set it beside two others on the test people: the
# linear lifter, and the network of section 1, a 3D pose machine that learnt for much longer and from
# many more people (section 7). All of them get three kinds of points: the true ones, true ones with
# noise of 3 pixels, and points with the faults that a detector makes.

# %%
temporal.train()
curves["temporal"] = list(learn(temporal, pose_loss, windows(frames=27), 64, 4e-3))
nets = {"linear": linear, "temporal": temporal.eval(), "shipped": lifter}
results = {(name, kind): scores.score(net, test, mean, on(kind))
           for name, net in nets.items() for kind in scores.POINTS}
print("mm of P1 (velocity) ", "".join(f"{kind:>16}" for kind in scores.POINTS))
for name in nets:
    cells = (results[name, kind] for kind in scores.POINTS)
    text = (f"{cell['p1']:9.0f} ({cell['velocity']:4.1f})" for cell in cells)
    print(f"{name:>19}:", "".join(text))

# %%
fig, axes = plt.subplots(2, 4, figsize=(12, 6.2), layout="constrained")
for row, take in zip(axes, (test[len(test) // 2], test[3 * len(test) // 7])):
    poses = {"truth": take.joints}
    for name, net in nets.items():
        poses[name] = scores.predict(net, [take], on("faults"))
    for ax, (name, pose) in zip(row, poses.items()):
        show_turned(ax, pose[len(pose) // 2], 90, name, reach=1.2)
    row[0].set_ylabel(f"{take.action.replace('_', ' ')}, metres")
plots.show(fig, "Two people from the side, true and as three networks lift them from "
           "points with faults.")

# %% [markdown]
# A mean over many poses hides how they look. Above: two test people from the side, where errors of depth
# show. Below: the depth of one ankle over time.

# %%
shown = next(take for take in test if take.action in ("walk", "Walking"))
ankle = JOINT["left_ankle"]
across = {name: 100 * scores.predict(net, [shown], on("noise"))[:64, ankle, 2]
          for name, net in nets.items()}
for name, losses in curves.items():
    print(f"{name}: loss {losses[0]:.3f} -> {np.mean(losses[-20:]):.3f} m")

# %%
fig, axes = plt.subplots(1, 2, figsize=(13, 3.6), layout="constrained")
for name, style in (("linear", "C1-"), ("temporal", "C0--"), ("shipped", "C2-.")):
    axes[1].plot(across[name], style, lw=2, label=name)
    axes[0].plot(1000 * np.array(curves.get(name, [])), style, lw=1.5)
axes[1].plot(100 * shown.joints[:64, ankle, 2], "k", lw=1.5, label="truth")
axes[0].set(xlabel="step", ylabel="loss, mm", title="Training", ylim=(0, None))
axes[1].set(xlabel="frame", ylabel="cm", title="Depth of the left ankle, from noise")
axes[1].set_ylim(bottom=axes[1].get_ylim()[0] - 25)
axes[1].legend(ncols=4, loc="lower center")
plots.show(fig, "Left, two losses that fall. Right, the depth of an ankle of a person "
           "who walks: the linear lifter's curve trembles, the temporal one's less.")

# %% [markdown]
# **Explain.** Read the rows of the table, then its columns. Noise costs the linear lifter little in
# P1 and a lot in *velocity*: each frame gets an error of its own, and the skeleton trembles. The
# temporal convolution averages such errors away. (Its P1 is no better. Each of its steps has 64 answers
# to learn from, and each of the linear one's 256, so this is no fair race. What time has brought here
# is a calm skeleton; that it also decides depth, these figures do not show.) Faults are the harder
# test in P1, also for the linear lifter, which averages nothing: most of their points are as good as
# with noise, and a few are far off, where left and right are exchanged or a joint is lost. In
# velocity they are the easier test, since they change slowly.
#
# ## 7 · 3D pose machines (11 minutes)
#
# The network of Wang et al. (2020), here *the paper*, goes the whole way from a video to joints in
# space, in three parts:
#
# ```
#  N frames 368 × 368                                              one for each frame
#    │
#    │  2D SUB-NETWORK: VGG's layers, then its own    128 × 46 × 46 pose-aware maps ──► 2D pose
#    ▼
#    │  2D-TO-3D POSE TRANSFORMER
#    │    two convolutions 5 × 5, stride 2             128 × 22 × 22, 128 × 10 × 10
#    │    (max pooling, in the paper)                  128 × 5 × 5
#    │    linear                                       1024 features
#    │    LSTM over the frames, and one backwards      1024          ◄── memory
#    │    linear                                       coarse 3D pose
#    ▼
#    │  3D-TO-2D PROJECTOR, in two parts
#    │    refiner:   3D pose + change(3D pose)         refined 3D pose: the answer
#    ▼    projector: what it looks like on the image   2D pose again
# ```
#
# ```python
# maps = pose_2d(images)                       # (T, 128, 46, 46)
# features = adapt(maps)                       # (T, 1024)
# codes = memory(features)                     # (T, 1024), the LSTM's
# coarse = linear(codes)                       # (T, 16, 3)
# refined = coarse + change(coarse)            # (T, 16, 3): two linear layers
# projected = projector(refined)               # (T, 16, 2): a few linear layers
# ```
#
# (Its *transformer* transforms 2D into 3D; there is no attention in it.) An **LSTM** goes through the
# frames with a *cell*, a list of numbers that it keeps from one frame to the next. Three gates, numbers
# from 0 to 1, decide for each what enters, what stays and what is shown; exercise 3 builds one. The
# second LSTM goes backwards, so that each frame knows what came before and what comes after.
#
# The last part looks strange at first: why predict the 2D pose *again*, from the 3D pose? Because that
# can be checked. Section 9 lives on it.

# %% tags=["check"]
with torch.device("meta"):  # shapes alone: nothing is computed
    reference, pooled = PoseMachine3D(), PoseMachine3D(pooling=True)
rows = layer_counts(reference, (1, 1, 3, 368, 368))
in_lstm = sum(w.numel() for w in reference.memory.parameters() if w.dim() == 2)
parts = {name: sum(row.macs for row in rows if row.name.split(".")[0] == name)
         for name in ("pose_2d", "adapt", "coarse", "refiner", "projector")}
parts["memory"] = in_lstm  # each weight once a frame
weights = {name: sum(p.numel() for p in getattr(reference, name).parameters())
           for name in parts}
for name in ("pose_2d", "adapt", "memory", "coarse", "refiner", "projector"):
    share = parts[name] / sum(parts.values())
    print(f"{name:>9}: {parts[name] / 1e6:10,.2f} million MACs {share:7.2%} "
          f"{weights[name] / 1e6:7.3f} million weights")

# %% tags=["check", "key"]
print(f"GMAC of a frame: {sum(parts.values()) / 1e9:.2f}")
total = sum(p.numel() for p in reference.parameters())
print(f"million weights, as released: {total / 1e6:.2f}")
total = sum(p.numel() for p in pooled.parameters())
print(f"million weights, with the paper's pooling: {total / 1e6:.2f}")

# %% [markdown]
# The paper has a max pooling after the two convolutions. The network that the authors
# *released* has none: its linear layer sees 10 × 10 cells and not 5 × 5, which makes it four times as
# large. Two readers of this paper can build two networks, and both are right.
#
# Varpe Pratiksha Maruti names as its disadvantage the **high computational cost**, and as an advantage
# **high accuracy without compromise on execution performance**. Can both be right? Measure one frame,
# part by part, on one core.

# %%
small = {"shrink": 8, "side": 64, "hidden": 64} if PROFILE == "smoke" else {}
machine = PoseMachine3D(**small).eval()
frame = torch.rand(1, 1, 3, machine.side, machine.side)


def timed(call):
    """What the call returns, and its milliseconds on this processor."""
    start = CLOCK()
    result = call()
    return result, 1000 * (CLOCK() - start)


# %%
ms = {}
with torch.inference_mode():
    maps, ms["2D sub-network"] = timed(lambda: machine.features(frame))
    codes, ms["2D-to-3D transformer"] = timed(lambda: machine.codes(maps))
    _, ms["refiner and projector"] = timed(lambda: machine.answer(codes))
_, ms["this chapter's lifter"] = timed(lambda: lifted(throw, flip=False))
ms["this chapter's lifter"] /= len(throw.points)

# %% [markdown]
# The axis is logarithmic: at each labelled tick the time is ten times as long.

# %%
fig, ax = plt.subplots(figsize=(9, 2.6), layout="constrained")
bars = ax.barh(list(ms), list(ms.values()), color=["C1", "C0", "C0", "C2"])
ax.bar_label(bars, [f" {value:,.1f} ms" for value in ms.values()])
ax.invert_yaxis()
ax.set(xscale="log", xlabel="milliseconds a frame", title="Where the time goes")
ax.set_xticks((0.1, 1, 10, 100, 1000), ("0.1", "1", "10", "100", "1,000"))
ax.set_xlim(right=2e4)
plots.show(fig, "Times on a logarithmic axis: the 2D sub-network takes nearly all; the "
           "parts that make 3D of it, and the lifter of this chapter, take little.")

# %% [markdown]
# **Explain.** Both sentences can be right, each about another part. More than 99 % of the MACs are the
# 2D sub-network's, a large convolutional network of its time; chapter 06's small one takes 0.16
# GMAC. All that makes 3D of it, the memory too, takes less than 1 % of the MACs, and of the time of a
# single frame a few per cent: the third dimension costs little *beside the 2D*. (The lifter's time is
# that of 48 frames at once, divided by 48.) Hence the form that trains here. It has no images: its
# input are the joints that any 2D network gives, and a residual block stands in place of the
# convolutions. From there on it is the same machine, but for one thing: what the memory gives is
# *added* to what the frame says by itself. The paper has no such bypass.
#
# One training step of it. Five terms, each with weight 1: joints and **bones** (the vectors from joint
# to joint) of the coarse answer and of the refined one, and the projection:

# %%
torch.manual_seed(SEED)
net = PoseMachineLifter(joints=15, hidden=128)
batch = windows(frames=27, hop=27).batch(range(16))  # 16 windows of 27 frames
stages = net(batch.points)
terms = {}
for name, predicted in (("coarse", stages.coarse), ("refined", stages.refined)):
    terms[f"{name} joints"] = (predicted - batch.joints).norm(dim=-1).mean()
    apart = bones(predicted) - bones(batch.joints)
    terms[f"{name} bones"] = apart.norm(dim=-1).mean()
terms["projected"] = (stages.projected - batch.points).square().mean()
optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3)
take_step(sum(terms.values()), optimizer)
print({name: round(value.item(), 3) for name, value in terms.items()})

# %% [markdown]
# `posekit.tasks.lifting.machine_loss` is this sum, with joints that are unknown left out, and with a sixth
# term that the paper does not have: the *true* joints, projected, must lie where they are seen as well.
# Section 9 gives the reason. It learns as the others do. The card of section 1's network tells how it was
# trained:

# %%
long = windows(frames=27, hop=27)
some = list(learn(net, machine_loss, long, 16, 2e-3, STEPS // 5))
print(f"{len(some)} steps: loss {some[0]:.2f} -> {some[-1]:.2f}")
for entry in ("command", "data", "minutes", "terms"):
    print(f"{entry:>8}: {card[entry]}")

# %% [markdown]
# ## 8 · Which people, and which points? (7 minutes)
#
# A table of millimetres tells little before two questions are answered.
#
# **Who is tested?** HumanEva-I has a published split: *Train* and *Validate*. Both halves come from
# the same recordings of the **same three people**. (Human3.6M's usual split tests people who were
# not trained on.) With `DATASET = "humaneva"` this notebook learns from the one half and tests on
# the other, and section 5 then prints that three people are in both. (Its owners ask you to
# register; `posekit data get humaneva` says how.) What is it worth to know the people? We kept the
# last tenth of each take, which the networks trained here have not learnt from.
#
# **Predict.** By how many millimetres is the linear lifter better on people whom it knows?

# %%
who = {"the same people": kept[::4], "other people": test}
actions = {take.action for take in kept} & {take.action for take in test}
same = {name: scores.score(linear, [take for take in takes if take.action in actions],
                           mean, on("truth")) for name, takes in who.items()}
for name, score in same.items():
    print(f"{name:>15}: P1 {score['p1']:5.1f}, N-MPJPE {score['n_mpjpe']:5.1f}, "
          f"P2 {score['p2']:5.1f} mm over {score['frames']:,} frames")

# %% [markdown]
# **Explain.** The people of the first row were in the training, so it knows their build, and the last tenth
# of a take goes on where the rest stopped. (Section 5 prints how many people there are: with few of
# them the difference may be that of one body, and is an example.) Neither holds for the person in front of your camera. So read such a table
# as an answer to another question than yours, and look for a second one in which a whole person was
# left out.
#
# **Which points?** The network never sees a person, it sees what a detector said. Below are the same
# two moments of one test take with the three kinds of points: the frame in which the faults are worst
# in the whole test, and one in which they are usual. Black crosses are the true points.

# %%
def faulty(take, kind):
    """(T, 15, 2) pixels: a take's points as a detector of that kind might give them."""
    rng, alone = np.random.default_rng(SEED), (take.points[:, None], take.seen[:, None])
    return scores.POINTS[kind].apply(*alone, SKELETON, rng).points[:, 0]


def off(take):
    """(T,) pixels: how far the points with faults are off, in the mean."""
    return np.linalg.norm(faulty(take, "faults") - take.points, axis=-1).mean(1)


# %%
worst = max(test, key=lambda take: off(take).max())
order = np.argsort(off(worst))
moments = order[[-1, len(order) // 2]]  # the worst frame, and one in the middle
fig, axes = plt.subplots(1, 3, figsize=(10, 3.4), layout="constrained")
for ax, kind in zip(axes, scores.POINTS):
    for n, t in enumerate(moments):
        place = [200 * n, 0] - worst.points[t, ROOT]
        plots.show_pose(ax, faulty(worst, kind)[t] + place, None, SKELETON)
        ax.plot(*(worst.points[t] + place).T, "kx", ms=8, mew=2, zorder=9)
    ax.set(title=kind, aspect="equal", xticks=[], yticks=[])
    ax.invert_yaxis()
plots.show(fig, "Two moments of a test take, with true points, with noise, and with "
           "faults: on the right some joints are far off.")

# %% [markdown]
# And this is what the points do to P1, the figures of section 6's table as bars:

# %%
fig, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
for n, (name, hatch) in enumerate(zip(nets, ("", "//", ".."))):
    heights = [results[name, kind]["p1"] for kind in scores.POINTS]
    ax.bar(np.arange(3) + 0.27 * (n - 1), heights, 0.25, hatch=hatch, label=name)
ax.set_xticks(range(3), scores.POINTS)
ax.set(ylabel="P1, mm", title="The same networks on three kinds of points",
       ylim=(0, None))
fig.legend(*ax.get_legend_handles_labels(), loc="outside right center")
plots.show(fig, "Bars of P1 for three networks on true points, noise and faults.")

# %% tags=["key"]
for kind in scores.POINTS:
    print(f"P1 of the shipped network, points: {kind}, mm: "
          f"{results['shipped', kind]['p1']:.0f}")

# %% [markdown]
# **Explain.** The same network, the same people, and the figure depends on who made the points. A paper
# that gives "ground-truth 2D" and a paper that gives "detected 2D" are not comparable, whatever their
# tables say. Before you believe a figure, look for: P1 or P2; over frames or over actions; whose 2D;
# and who chose the epoch. (If the test half chose it, the figure is a little too good, and the
# reader cannot tell by how much.)
#
# <details><summary>For the curious: HumanEva-I, the published split, and one person left out</summary>
#
# Walk, Jog and Box of S1 to S3, learnt on *Train*, the epoch chosen on the last tenth of each training
# take, scored on *Validate* (10,569 frames), which chose nothing: the same people in both. Millimetres.
#
# | network | points | P1 | mean over actions | P2 | velocity |
# |---|---|---|---|---|---|
# | mean pose | | 187.8 | | | |
# | linear | 3 px noise | 28.1 | 28.7 | 21.3 | 16.8 |
# | temporal, 27 frames | 3 px noise | **24.6** | 25.1 | 19.0 | 5.4 |
# | 3D pose machine | 3 px noise | 31.9 | 32.5 | 24.1 | 9.2 |
# | linear | truth | **19.2** | 19.6 | 15.2 | 3.2 |
# | temporal, 27 frames | truth | 20.9 | 21.4 | 16.0 | 3.3 |
# | 3D pose machine | truth | 27.1 | 27.5 | 20.4 | 3.8 |
# | temporal, learnt without S1, scored on S1 | 3 px noise | 60.7 | 63.5 | 42.6 | 7.9 |
# | temporal, learnt without S2, scored on S2 | 3 px noise | 58.0 | 61.1 | 44.2 | 7.4 |
# | temporal, learnt without S3, scored on S3 | 3 px noise | 88.2 | 87.1 | 63.7 | 8.7 |
#
# Of a person whom the network has not seen, the error is more than twice as large. A small part of that
# is the shorter training of these three: on the last tenth of the takes, of people they know, they
# have 26 to 27 mm. The 3D pose machine, whose windows are as long as those of the convolution over
# time, is behind even the linear network in P1; with noise its velocity error is the lower one.
#
# Where the points are true, the network that sees one frame alone is ahead: there is no noise to average
# away. (It also learnt for more epochs.) The networks of the true points saw each take from twelve more
# sides, for other numbers of epochs, and had no dropout, as the last tenth of the training takes chose;
# with three more sides, dropout and 25 epochs the linear one had 22.0 mm. What each of these three changes
# gives was not measured one by one.
#
# `posekit train temporal_humaneva` (and `linear_`, `lifter_`): 3 more sides, 25 epochs, and 3 for the last
# three rows; `_truth`: 12 more sides, 15 epochs, and 40 for the linear one, of which an epoch takes a
# third of the time; one seed; `tests/benchmarks/lifting_study.py`; one thread of a CPU. VideoPose3D
# publishes 33.0 mm with joints that a detector found, most likely P1.
#
# And section 9's correction, of `lifter`, on HumanEva-I's people, whom it has never seen (settings
# chosen on Train, scored once on Validate, the first camera, 32 frames of each take):
#
# | P1, mm (frames worse by over 1 mm) | truth | 3 px noise | faults |
# |---|---|---|---|
# | not corrected | 84.9 | 85.9 | 92.4 |
# | two steps on the refiner, as in the paper | 84.6 (0 %) | 85.7 (0.2 %) | 92.2 (0.5 %) |
# | a change of the code | 79.2 (2.5 %) | 80.2 (2.7 %) | 89.7 (16 %) |
# | moving the joints, by a pinhole, smoothed | **69.6** (0 %) | **72.5** (1.1 %) | **86.2** (16 %) |
#
# On these people moving the joints lowers P1 by 18 % where the points are true and by 16 % with noise.
#
# </details>
#
# ## 9 · An answer that is corrected while it is used (10 minutes)
#
# In use there is no truth to compare with. But two things can be **checked** without it:
#
# 1. The answer, projected onto the image again, must lie where the joints were seen: $L_\text{2D}$.
# 2. The left and the right limbs of a person are equally long: $L_\text{bones}$.
#
# Both have a gradient. So the paper's network takes, for each frame, **two steps of Adam** with
# $\text{lr} = 1.5 \cdot 10^{-4}$ on the two layers of the *refiner* alone, answers again, and puts
# the weights back. It needs no label: it is *self-supervised*.
#
# ```python
# before = copy of the refiner's weights
# for _ in range(2):
#     refined = coarse + change(coarse)
#     loss = L_2D(projector(refined), seen) + L_bones(refined)
#     one step of Adam on the weights of change
# answer = coarse + change(coarse)
# the refiner's weights = before
# ```
#
# **Predict.** The reprojection error is what the steps minimise, so it will fall. Does the error in
# *space* fall with it?

# %% tags=["check"]
before = {name: value.clone() for name, value in lifter.state_dict().items()}
points = in_units(throw.points, "person", throw.size, ROOT)
paper = lifting.Correction(least=0)  # as the paper has it: 2 steps at 1.5e-4, no gate
corrected = paper.apply(lifter, points, SKELETON)
share = (corrected.after < corrected.before).mean()
print(f"{paper.steps} steps at {paper.lr} on the {paper.of}")
print("the reprojection error fell in nine of ten frames at least:", share >= 0.9)
state = lifter.state_dict()
same = all(torch.equal(before[name], state[name]) for name in state)
print("the weights are what they were, bit for bit:", same)

# %% [markdown]
# A second way leaves *all* weights alone. It changes the **latent code**, the numbers from which the
# last layers make a frame's pose. A third way moves the **joints**
# themselves, as exercise 4 does. It needs no learnt projector: a pinhole camera four metres away takes its
# place (section 3: from there perspective is weak, so the distance need not be known well). Without a
# network between, nothing keeps the answer human, so it is also held near to the first answer, and each
# frame's change is averaged with its neighbours'.
#
# All of them believe the joints on the image. So a joint that jumps away from its neighbours in time
# counts less, and a **gate** leaves a frame as it is if its joints deserve too little trust. (In the
# table, "as in the paper" has no gate, and the three below it have one.)

# %%
short = (cut(take, max(0, 1 - 47.5 / len(take.points))) for take in test[::6])
few = [first for first, _ in short]  # 48 frames each
target, known = scores.truth(few)  # (N, 15, 3) metres, (N, 15) 0 where unknown


def try_it(correction, kind):
    """The mean error of each frame in mm (N,), and milliseconds a frame."""
    asked = on(kind, flip=False, correction=correction)
    found, cost = timed(lambda: scores.predict(lifter, few, asked))
    distance = 1000 * np.linalg.norm(found - target, axis=-1)
    return np.average(distance, axis=1, weights=known > 0), cost / len(found)


# %%
ways = {"none": None, "as in the paper": paper} | lifting.CORRECTIONS
tried = {(way, kind): try_it(how, kind) for way, how in ways.items()
         for kind in ("truth", "faults")}

# %% [markdown]
# One row for each way, from true points and from faulty ones. The milliseconds are what the correction
# adds to a frame.

# %%
print(f"{len(known)} frames: P1, frames that became worse by over 1 mm, ms a frame")
for way in ways:
    line = f"{way:>15}:"
    for kind in ("truth", "faults"):
        (of_frames, cost), (as_it_was, free) = tried[way, kind], tried["none", kind]
        worse = (of_frames > as_it_was + 1).mean()
        line += f" | {kind} {of_frames.mean():5.1f} mm {worse:4.0%}"
        line += f" {max(cost - free, 0):5.2f} ms"
    print(line)

# %% [markdown]
# What do more steps do? The code again, for one person, without a gate:

# %%
def by_steps(take, kind, steps=(0, 3, 10, 30)):
    """Steps on the code, the reprojection error after them, and P1 in mm."""
    points = in_units(faulty(take, kind), "person", take.size, ROOT)
    for n in steps:
        how = lifting.Correction("code", n, 0.02, least=0)
        run = how.apply(lifter, points, SKELETON)
        away = np.linalg.norm(run.joints - take.joints, axis=-1).mean()
        yield n, run.after.mean(), 1000 * away


# %%
fig, axes = plt.subplots(1, 2, figsize=(12, 3.6), layout="constrained")
axes[0].margins(y=0.15), axes[1].margins(y=0.15)
for kind, style in (("truth", "o-"), ("faults", "s--")):
    steps, reprojection, p1 = zip(*by_steps(few[0], kind))
    axes[0].plot(steps, reprojection, style, label=kind)
    axes[1].plot(steps, p1, style, label=kind)
axes[0].set(xlabel="steps", ylabel="person units", title="Reprojection error",
            ylim=(0, None))
axes[1].set(xlabel="steps", ylabel="mm", title="P1 of the same answers", ylim=(0, None))
axes[0].legend()
plots.show(fig, "Left, the reprojection error falls with the steps for true and for "
           "faulty points. Right, the error in space of the same answers.")

# %% [markdown]
# **Explain.** The paper's two small steps change little. The other two ways change more. On true points
# both lower the error in the mean. On points with faults the code gains little, and makes more than one
# frame in four worse; moving the joints raises the error in the mean, because the joints follow the
# faults.
#
# The reprojection error falls in any case: that is what the steps do, and it tells nothing about
# the error in space. There are three ways to fall in one and rise in the other. The joints on the image
# are wrong, and the answer follows them. The *projector* is learnt as well: one that has seen nothing but
# the network's own answers learns to undo their errors, and what fits it best is no true pose (hence the
# sixth term of section 7). And section 2's poses all fit perfectly. So whether a self-supervised correction helps is a matter
# of measurement: on points like those that one will get, on people unlike those of the training, with
# the share of frames that it makes worse. (Exercise 4 writes the descent by hand.)
#
# ## 10 · Five older methods, and their limits (3 minutes)
#
# Varpe Pratiksha Maruti's talk reviews five older methods and names a limit of each. What became of the limits?
#
# | | method | limit, as the talk names it | here |
# |---|---|---|---|
# | Wang C. et al., CVPR 2014 | a sum of basis poses that fits the 2D joints robustly | large errors where some 2D joints are wrong | still so: section 8, points with faults |
# | Yasin et al., CVPR 2016 | two sources: motion capture, and images with 2D joints; the nearest poses are looked up | an image takes more than 20 seconds | section 7's whole network takes about a second on one core, and its 3D a few per cent of that |
# | Sanzari et al., ECCV 2016 | a hierarchical Bayesian model | overlapping objects | hidden joints are guessed from time: section 6 |
# | Li and Chan, ACCV 2014 | a convolutional network from the image to 3D | "the prediction problem" | one network for all needs images with 3D labels; 2D first, then 3D, does not |
# | Sigal et al., IJCV 2012 | loose-limbed people: a graphical model (the talk lists a convolutional network) | no recovery after tracking has failed | each window begins anew |
#
# ## 11 · Applications: five short labs (15 minutes)
#
# What are joints in space good for? Here are five applications, each of a few lines.
#
# **A costume that follows the body.** Scale and shift put the skeleton back on the image. Each limb
# becomes a plate, and its *depth* decides which plate covers which: what 2D joints alone cannot tell.

# %%
def placed(joints, points):
    """A lifted pose (15, 3) on the image: the scale and the shift that fit best."""
    a, b = joints[:, :2] - joints[:, :2].mean(0), points - points.mean(0)
    scale = (a * b).sum() / (a * a).sum()
    return scale, scale * a + points.mean(0)


def plate(ax, one, other, width, colour, order):
    """A limb as a plate, wide at its first end."""
    across = np.array([one[1] - other[1], other[0] - one[0]])
    across = across * width / max(np.linalg.norm(across), 1)
    corners = one + across, other + 0.6 * across, other - 0.6 * across, one - across
    ax.add_patch(Polygon(corners, fc=colour, ec="black", lw=1.5, zorder=order))


# %%
fig, axes = plt.subplots(1, 5, figsize=(13, 2.9), layout="constrained")
colours = {"left": "#0072B2", "right": "#D55E00", "centre": "#E69F00"}
for ax, t in zip(axes, (4, 12, 20, 28, 40)):
    scale, where = placed(joints[t], throw.points[t])
    ax.imshow(clip.frames[t])
    skeleton = skeletons.get(SKELETON)
    for (a, b), side in zip(skeleton.limb_indices, skeleton.limb_sides):
        wide = 0.2 if (a, b) == (ROOT, JOINT["thorax"]) else 0.075  # metres
        nearer = 10 - joints[t, [a, b], 2].mean()
        plate(ax, where[a], where[b], wide * scale, colours[side], nearer)
    head = plt.Circle(where[JOINT["head"]], 0.14 * scale, fc="0.8", ec="k", zorder=10)
    ax.add_patch(head)
    ax.set_axis_off()
plots.show(fig, "The person of section 1 in an armour of plates that follows the body; "
           "a plate that is nearer covers those behind it.")

# %% [markdown]
# (Without `zorder`, the plates would be painted in the order of the list: then the far arm may cover the
# chest.)
#
# **A fall.** Somebody who falls lies soon after having stood. The **lean** is the angle between the
# trunk and the vertical; an alarm rises when it grows by more than 40° to beyond 60° within two thirds of
# a second. People who exercise on the floor lie down, too: do they raise alarms?

# %%
def lean(joints):
    """(T,) degrees between the trunk and the camera's vertical."""
    trunk = joints[:, JOINT["thorax"]] - joints[:, ROOT]
    return np.degrees(np.arccos(-trunk[:, 1] / np.linalg.norm(trunk, axis=1)))


def alarm(angles, within=20):
    """Does the lean grow by 40 degrees to beyond 60 within so many frames?"""
    return any(now > 60 and now - angles[max(t - within, 0) : t + 1].min() > 40
               for t, now in enumerate(angles))


# %%
ACTIONS = ("falling", "stand", "walk", "sit", "squat", "pushup", "situp", "body_swing")
PEOPLE = {"smoke": 3, "quick": 4, "full": 40}[PROFILE]
leans = {}
for action in ACTIONS:
    people = synthetic.Motions(SEED + 63, PEOPLE, 100, action=action)
    leans[action] = [lean(lifted(take_of(one))) for one in people]
fig, ax = plt.subplots(figsize=(10, 3.6), layout="constrained")
for action, style in zip(ACTIONS[::2], ("C1-", "C0--", "C3:", "C2-.")):
    ax.plot(np.arange(100) / 30, leans[action][-3], style, lw=2.5, label=action)
ax.set(xlabel="seconds", ylabel="lean, degrees", title="The trunk of four people",
       ylim=(0, 150))
ax.legend(ncols=4)
plots.show(fig, "The lean of the trunk over time: of the person who falls it rises "
           "fast, of the one who walks it stays small.")

# %% [markdown]
# The alarms of all people and all eight actions:

# %%
for action, angles in leans.items():
    print(f"{action:>10}: {sum(map(alarm, angles))} alarms for {len(angles)} people")

# %% [markdown]
# **Explain.** (The recorded action repeats: who has fallen stands up again at once.) The falls are found. The
# false alarms are sit-ups: a trunk that goes from upright to lying within two thirds of a second is what
# both have in common. What would tell them apart? The legs: who falls has stood, with the ankles below
# the hips.
#
# **An exercise, coached.** How deep is a squat? The **flexion** of the knee is the angle by which the
# shank is turned against the thigh, 0° for a straight leg; the difference between its largest and its
# smallest value is the **range of motion**, which physiotherapists write down. On the image the angle
# depends on where the camera stands.

# %%
def flexion(joints, side="left"):
    """(T,) degrees of the knee, in space or on the image."""
    parts = (JOINT[f"{side}_{part}"] for part in ("hip", "knee", "ankle"))
    hip, knee, ankle = (joints[:, part] for part in parts)
    thigh, shank = knee - hip, ankle - knee
    lengths = np.linalg.norm(thigh, axis=-1) * np.linalg.norm(shank, axis=-1)
    return np.degrees(np.arccos(np.clip((thigh * shank).sum(-1) / lengths, -1, 1)))


# %%
views = [take_of(one) for one in synthetic.Motions(SEED + 7, 1, 64, 4, action="squat")]
fig, axes = plt.subplots(1, 4, figsize=(13, 3.8), layout="constrained", sharey=True)
for n, (ax, take) in enumerate(zip(axes, views)):
    angles = {"truth": flexion(take.joints), "lifted": flexion(lifted(take)),
              "on the image": flexion(take.points)}
    for (name, angle), style in zip(angles.items(), ("k-", "C0--", "C1:")):
        ax.plot(np.arange(64) / 30, angle, style, lw=2.5, label=name)
    ranges = {name: np.ptp(angle) for name, angle in angles.items()}
    print(f"camera {n}, range of motion:", {k: f"{v:.0f}°" for k, v in ranges.items()})
    advice = "deep enough" if angles["lifted"].max() > 90 else "deeper, please"
    ax.set(xlabel="seconds", title=f"camera {n}: {advice}")
axes[0].set_ylabel("knee flexion, degrees")
fig.legend(*axes[0].get_legend_handles_labels(), ncols=3, loc="outside lower center")
plots.show(fig, "Knee flexion of one squat seen by four cameras: the angle on the "
           "image changes with the camera, the lifted one changes less.")

# %% [markdown]
# **Explain.** One squat, and the angle on the image differs from camera to camera: a leg that points at
# the camera is short on the image, and its angle there is another one. The lifted angle changes less from camera
# to camera. But it is a guess as well, and it is drawn towards the middle: too small where the knee bends
# most, and too large where it is nearly straight. (A network that is unsure answers with a mean of the
# poses that it holds possible; this may be the reason.) How many degrees it is off, the lines above say.
# A coach may live with that. A physiotherapist who wants to know whether a knee has gained 5° needs to
# know this error first.
#
# **Gait.** Who walks and who runs? Two numbers describe a gait: the **cadence**, how many steps are taken
# in a second, and how far the knee bends. The left knee bends once in two steps, so the cadence is twice
# the frequency of the difference between both knees.

# %%
def cadence(joints, fps=30):
    """Steps a second: twice the strongest frequency of left knee minus right knee."""
    apart = flexion(joints) - flexion(joints, "right")
    power = np.abs(np.fft.rfft(apart - apart.mean(), 1024))
    return 2 * np.fft.rfftfreq(1024, 1 / fps)[power.argmax()]


# %%
fig, ax = plt.subplots(figsize=(7, 3.8), layout="constrained")
for gait, style in (("walk", "C0o"), ("run", "C1^")):
    people = synthetic.Motions(SEED + 80, 3 * PEOPLE, 90, action=gait)
    bodies = [lifted(take_of(one)) for one in people]
    bends = [flexion(body).max() for body in bodies]
    ax.plot([cadence(body) for body in bodies], bends, style, ms=9, label=gait)
ax.set(xlabel="cadence, steps a second", ylabel="largest knee flexion, °",
       title="Two gaits")
ax.legend()
plots.show(fig, "Each person as a dot, cadence against knee flexion: those who walk "
           "and those who run form two groups.")

# %% [markdown]
# **An airport marshaller.** On the apron a person with two wands tells a pilot what to do, and the pilot
# may look from any side. Six signals as still poses (after ICAO's Annex 2). An arm's direction is
# described in the **body's own axes**, right, up and forward, so it does not matter where the
# camera stands. Each unknown pose gets the name of the signal whose four arm bones point most nearly
# alike; the same is done with the arms on the image, whose templates are seen from the front.

# %%
# Upper arm and forearm of the right side, then of the left: out, up, forward.
UP, OUT, IN, DOWN = [0, 1, 0], [1, 0, 0], [-0.5, 1, 0], [0.7, -0.7, 0]
LEVEL, CROSS = (OUT, UP), ([0.5, 1, 0], IN)
SIGNALS = {"identify gate": ((UP, UP), (UP, UP)), "stop": (CROSS, CROSS),
           "straight ahead": (LEVEL, LEVEL), "turn left": ((OUT, OUT), LEVEL),
           "turn right": (LEVEL, (OUT, OUT)), "hold": ((DOWN, DOWN), (DOWN, DOWN))}
ARMS = {side: [JOINT[f"{side}_{part}"] for part in ("shoulder", "elbow", "wrist")]
        for side in ("right", "left")}


# %%
def signalling(body, signal):
    """The body (15, 3), facing us, with both arms as the signal has them."""
    body = body.copy()
    for (side, (a, b, c)), (upper, lower) in zip(ARMS.items(), SIGNALS[signal]):
        flip = np.array([-1 if side == "right" else 1, -1, -1])
        for start, end, way in ((a, b, upper), (b, c, lower)):
            body[end] = body[start] + 0.28 * flip * way / np.linalg.norm(way)
    return body


# %% [markdown]
# Two functions describe a pose: where the bones of the arms point, and all joints in the body's own
# axes.

# %%
BONES = [pair for a, b, c in ARMS.values() for pair in ((a, b), (b, c))]


def arms(joints):
    """(..., 4, 2 or 3): where the four bones of the arms point, each of length 1."""
    starts, ends = np.array(BONES).T
    found = joints[..., ends, :] - joints[..., starts, :]
    return found / np.linalg.norm(found, axis=-1, keepdims=True)


# %%
def own_axes(joints):
    """(..., 15, 3) in the body's own axes: right, up, forward."""
    right = joints[..., JOINT["right_hip"], :] - joints[..., JOINT["left_hip"], :]
    up = joints[..., JOINT["thorax"], :] - joints[..., ROOT, :]
    axes = np.stack([right, up, np.cross(up, right)], -2)
    axes = axes / np.linalg.norm(axes, axis=-1, keepdims=True)
    return joints @ axes.swapaxes(-1, -2)


# %% [markdown]
# Now the people. Each gives all six signals and is seen from twelve sides; the joints on each image are
# lifted.

# %%
bodies = []  # people who face us, in axes as a camera has them
for one in synthetic.Motions(SEED + 90, PEOPLE + 1, 1, action="stand"):
    body = one.extra["keypoints_3d"][0, 0][:, [0, 2, 1]] * [1, -1, 1]  # y down
    right = body[JOINT["right_hip"]] - body[JOINT["left_hip"]]
    away = np.degrees(np.arctan2(-right[2], -right[0]))
    bodies.append(turned(body - body[ROOT], away))

# %%
SIDES = np.arange(0, 360, 30)
poses = np.array([[signalling(body, signal) for signal in SIGNALS] for body in bodies])
around = np.stack([turned(poses[1:], side) for side in SIDES], 2)  # (P, 6, 12, 15, 3)
camera = Camera(np.array([[400, 0, 200], [0, 400, 200], [0, 0, 1]]))
images = camera.project(around + [0, 0, 4], "camera")  # (P, 6, 12, 15, 2) pixels
points = torch.tensor(in_units(images, "person", None, ROOT), dtype=torch.float32)
still = points.flatten(0, 2)[:, None].expand(-1, 13, -1, -1)  # thirteen equal frames
with torch.no_grad():
    space = lifting.answer(lifter(still))[:, 6].numpy().reshape(around.shape)

# %% [markdown]
# The first person gives the templates. Which of the other people's signals are recognised?

# %%
def right_ones(unknown, templates):
    """The share of right signals by side (12,), by the most similar template."""
    alike = np.einsum("psabd,tbd->psat", unknown, templates)  # people, signals, sides
    return (alike.argmax(-1) == np.arange(len(SIGNALS))[:, None]).mean((0, 1))


in_space = right_ones(arms(own_axes(space)), arms(own_axes(poses[0])))
flat = right_ones(arms(images), arms(poses[0][..., :2]))
print(f"right from all sides: lifted {in_space.mean():.0%}, image {flat.mean():.0%}")

# %%
fig, axes = plt.subplots(1, 7, figsize=(14, 3.4), layout="constrained",
                         width_ratios=[1] * 6 + [3])
for ax, signal, body in zip(axes, SIGNALS, poses[0]):
    plots.show_pose(ax, body[:, :2], None, SKELETON, width=2, marker=3)
    ax.set(xlim=(-0.9, 0.9), ylim=(1.1, -1.2), title=signal.replace(" ", "\n"))
    ax.set_axis_off(), ax.set_aspect("equal")
axes[6].plot(SIDES, 100 * in_space, "C0o-", label="lifted")
axes[6].plot(SIDES, 100 * flat, "C1s--", label="on the image")
axes[6].set(xlabel="seen from, °", ylabel="right, %", xticks=(0, 90, 180, 270),
            ylim=(0, 185), yticks=(0, 50, 100))
axes[6].legend(loc="upper center")
plots.show(fig, "Six signals with the arms, and the share that is recognised from each "
           "side, with lifted joints and with joints on the image.")

# %% [markdown]
# **Explain.** The signals on the image are told apart from the front and from nearby. From behind, left and
# right change sides on the image, and from the side the arms hide in each other. Lifted, the pose is turned
# into the body's own axes, so in principle every side is alike, and from behind it works. What remains
# are the lifter's errors, which are largest where an arm points at the camera. An airport needs 100 %: a
# machine that follows signals should wait where two templates are nearly alike, and ask for the signal
# once more.
#
# ## 12 · Photographs (4 minutes)
#
# No joints are known in space for the photographs that come with posekit, and nobody was measured. So
# look. The joints on the image come from BlazePose where its file is on this machine, and from chapter
# 03's network for photographs where it is not. The lifter has never seen a photograph, and need
# not: it sees joints.

# %%
photos = catalog.load("photos", skeleton="coco17")
with live.open_detector() as detector:
    detections = [detector.detect(photo.image) for photo in photos]
print("2D joints by", type(detector).__name__)


def lift_one(found):
    """The lifted pose (15, 3) of the first person who was found."""
    there = found.keypoints[0], None, found.skeleton, SKELETON
    points = in_units(skeletons.convert(*there).keypoints[None], "person", None, ROOT)
    return lifting.lift(lifter, points, SKELETON)[0]


# %%
fig, axes = plt.subplots(3, 7, figsize=(14, 6.8), layout="constrained")
for column, found in zip(axes.T, detections):
    column[0].imshow(live.show_poses(found))
    if len(found.keypoints):
        x1, y1, x2, y2 = geometry.keypoint_box(found.keypoints[0], padding=1.5)
        column[0].set(xlim=(x1, x2), ylim=(y2, y1))
        show_turned(column[1], lift_one(found), 0)
        show_turned(column[2], lift_one(found), 90)
for ax in axes.flat:
    ax.set_axis_off()
for ax, title in zip(axes[:, 0], ("2D joints", "lifted", "from the side")):
    ax.set_title(title, loc="left")
plots.show(fig, "Seven photographs with the skeleton that was found, and below each "
           "the lifted one from the front and from the side.", dpi=75)

# %% [markdown]
# (The seven photographs are from Flickr, CC BY 2.0; `DATA.md` names each of them.)
#
# **Look closely.** From the front nearly every lifted pose looks right: there it only has to repeat its
# input. Judge it by the row below. Whom the 2D network did not find cannot be lifted. And where its
# joints are guesses, of legs under a table or of an arm behind a back, the lifter makes a confident body of
# them: it has no way to say that it does not know.
#
# ## 13 · Live (1 minute)
#
# ```
# posekit live --lift
# posekit live --lift --source video.mp4 --out turned.mp4
# ```
#
# The skeleton turns beside the frame. Hide an arm behind your back: its joints are then a guess of
# the 2D network, which the lifter believes. Sit down, come nearer, turn round: which answers hold?

# %% [markdown]
# ## 14 · Your turn
#
# Four exercises, the last one hard, and an experiment. Write your answer in place of
# `raise NotImplementedError` and run the cell; `hint()` gives one hint at a time,
# `solution()` shows ours.

# %%
ex = exercises.chapter("08_3d_pose_machines")

# %% [markdown]
# ### Exercise 1: a camera
#
# Where does a pinhole camera see these points? `points` are metres in the world's axes; rotation and
# translation take each of them to the camera's axes, $R\,X + t$. What is not in front of the camera
# has no image: NaN, in its place.

# %%
def project(points, rotation, translation, focal, centre):
    """(..., 3), (3, 3), (3,), pixels, (2,) pixels. -> (..., 2) x and y in pixels"""
    raise NotImplementedError


ex.project.check(project)
# ex.project.hint()
# ex.project.solution()

# %% [markdown]
# ### Exercise 2: what P2 forgives
#
# Scale, rotate and move a predicted pose as near to the true one as it can be: the sum of the squared
# distances of its joints is the least. Mirror images are not allowed.

# %%
def procrustes(predicted, target):
    """(K, 3) twice, metres. -> (K, 3): the prediction, laid over the target"""
    raise NotImplementedError


ex.procrustes.check(procrustes)
# ex.procrustes.hint()
# ex.procrustes.solution()

# %% [markdown]
# ### Exercise 3: one step of a memory
#
# An LSTM gets one more frame $x$ and updates its cell $c$ and what it shows, $h$. With $\sigma$ the
# sigmoid, $\odot$ the product of corresponding numbers, $W$ the `weight`, $R$ the `recurrent` weight
# and $b$ the `bias`:
#
# $$i, f, g, o = W x + R\,h + b, \qquad c' = \sigma(f) \odot c + \sigma(i) \odot \tanh(g), \qquad
# h' = \sigma(o) \odot \tanh(c')$$
#
# The rows of $W$, $R$ and $b$ are those of $i$, then $f$, then $g$, then $o$, $H$ rows each. With NumPy,
# for B sequences at once.

# %%
def lstm_step(x, hidden, cell, weight, recurrent, bias):
    """(B, I), (B, H), (B, H), (4 H, I), (4 H, H), (4 H,). -> hidden, cell (B, H)"""
    raise NotImplementedError


ex.lstm_step.check(lstm_step)
# ex.lstm_step.hint()
# ex.lstm_step.solution()

# %% [markdown]
# ### Exercise 4 (hard): the correction, by hand
#
# Section 9 without a network: move the joints themselves. The camera is far away, so a joint at
# $(x, y, z)$ is seen at $(x, y)$. The loss is
#
# $$\frac{\sum_k w_k \, \lVert (x_k, y_k) - s_k \rVert^2}{\sum_k w_k} \; + \; \frac{1}{L} \sum_{l}
# \big( \lVert \text{left limb}_l \rVert - \lVert \text{right limb}_l \rVert \big)^2,$$
#
# with $s_k$ where joint $k$ was seen, $w_k$ how far that is to be trusted (if no joint is, the
# first part is 0), and $L$ pairs of limbs. Take `steps` steps of plain gradient descent: subtract
# `rate` times the gradient, each time anew. `left` and `right` (L, 2) are the indices of the limbs'
# ends. A limb of length 0 has no direction, and gets no gradient. Write the gradient yourself, with
# NumPy.

# %%
def correct(joints, seen, trust, left, right, steps, rate):
    """(K, 3), (K, 2), (K,), (L, 2), (L, 2), a number, a number. -> (K, 3)"""
    raise NotImplementedError


ex.correct.check(correct)
# ex.correct.hint()
# ex.correct.solution()

# %% [markdown]
# ### An experiment: which points should one learn from?
#
# All networks of this lesson learnt from points with faults. **Predict:** how would the linear lifter
# do on true points, on noise and on faults, if it had learnt from true points? And from noise? Begin
# with the cell below, fill the other two rows, and write your conclusion in three sentences: what
# does it cost to learn from worse points than one will get, what from better ones, and which points
# would you choose for a network whose input you do not know yet?

# %%
def learnt_from(kind, steps):
    """A linear lifter that learnt from one kind of points."""
    torch.manual_seed(SEED)
    net = LinearLifter(joints=15, hidden=256, dropout=0.1)
    points = windows(frames=1, faults=scores.POINTS[kind])
    list(learn(net, pose_loss, points, 256, 4e-3, steps))
    return net.eval()


# %%
def row_of(kind, steps=STEPS // 2):
    """P1 (velocity error) in mm of such a lifter on each kind."""
    net = learnt_from(kind, steps)
    tried = {to: scores.score(net, test, mean, on(to)) for to in scores.POINTS}
    return {to: f"{at['p1']:.0f} ({at['velocity']:.0f})" for to, at in tried.items()}


print("learnt from true points:", row_of("truth"))

# %% [markdown]
# <details><summary>What we found</summary>
#
# `row_of(kind, steps=300)`, P1 (velocity error) in mm, CPU, 2026-11-29:
#
# | learnt from | on the truth | on noise | on faults |
# |---|---|---|---|
# | the truth | 84 (8) | 91 (44) | 101 (29) |
# | noise | 82 (8) | 85 (33) | 96 (24) |
# | faults | 87 (9) | 90 (29) | 100 (21) |
#
# Noise of a few pixels costs nothing, not even on true points: in a training this short it keeps the
# network from relying on differences that are too fine. Faults cost 3 to 5 mm of P1, because some of the
# training's input contradicts its answers, and give the calmest answers on noise and on faults. For an
# input that we do not know we would learn from noise and a few faults, and measure again. This is
# one seed: do not build on differences of 2 mm.
#
# </details>

# %% [markdown]
# ## 15 · Recap
#
# - A camera divides by depth, and so loses it. The **scale** and the **depth** of each joint are not in
#   the image; a network *guesses* them from the poses that it has learnt.
# - **P1** forgives the place, **N-MPJPE** also the size, **P2** also the rotation; the **velocity error**
#   sees trembling. An error without its protocol is no figure.
# - A **linear lifter** answers each frame; **temporal convolutions** see a receptive field of frames, an
#   **LSTM** carries a memory through all of them.
# - A **3D pose machine** ends with a refiner and a projector back to 2D; nearly all of its cost is the 2D
#   sub-network.
# - **Whose people, and whose 2D** decide the figure more than the network's form.
# - **Self-supervised correction** makes the answer fit what was seen. Where that is wrong, it hurts: so it
#   needs trust, and a gate.
#
# ### Quiz
#
# **1. A network reports 45 mm P2, another one 52 mm P1, on the same test. Which one is better?**
#
# <details><summary>Answer</summary>
#
# Nobody can tell. P2 forgives the size and the rotation, so the first network's P1 is most likely above
# 45 mm, and nothing says by how much. (Section 4's wrist shows that P1 can even be below P2.) On most
# sets P1 is larger by a quarter or more.
#
# </details>
#
# **2. You see only one image of a person, and know the camera exactly. Can a perfect network tell how
# tall the person is?**
#
# <details><summary>Answer</summary>
#
# Not from the joints: twice as tall and twice as far away gives the same image. Something of known size
# beside the person helps, or the ground: where the feet touch a floor that is known, the distance
# follows.
#
# </details>
#
# **3. A temporal convolution has four levels of width 3. How many frames does one answer see, and how
# far back must a live demo keep them?**
#
# <details><summary>Answer</summary>
#
# 3⁴ = 81 frames, 40 before and 40 after the middle one, so it must keep the last 81. A live demo that waits for the 40 after it is
# late by 40 frames, 1.3 seconds at 30 frames a second; it can answer for the last frame at once
# instead, with that frame repeated, and a little worse.
#
# </details>
#
# **4. After the correction, the reprojection error of a frame is 0. Is its pose right?**
#
# <details><summary>Answer</summary>
#
# It fits the joints on the image. Section 2's three poses all have a reprojection error of 0. And if the
# joints on the image are wrong, a right pose would *not* have 0.
#
# </details>
#
# **5. On HumanEva-I your network reaches 20 mm on the published split, and 60 mm on a person who was
# left out of the training. Which number do you tell a hospital?**
#
# <details><summary>Answer</summary>
#
# The second: its patients are not among the three people of the training. The first says how well the
# network fills in the other half of recordings that it knows.
#
# </details>
#
# ### Where this comes from
#
# - K. Wang, L. Lin, C. Jiang, C. Qian, P. Wei, *3D Human Pose Machines with Self-Supervised Learning*,
#   PAMI 2020: the network of sections 7 and 9.
# - Varpe Pratiksha Maruti, *3D Human Pose Machines*, seminar, 2020-21: the talk behind this chapter.
# - J. Martinez, R. Hossain, J. Romero, J. J. Little, *A Simple yet Effective Baseline for 3D Human Pose
#   Estimation*, ICCV 2017: the linear lifter.
# - D. Pavllo, C. Feichtenhofer, D. Grangier, M. Auli, *3D Human Pose Estimation in Video with Temporal
#   Convolutions and Semi-Supervised Training*, CVPR 2019.
# - H.-J. Lee, Z. Chen, *Determination of 3D Human Body Postures from a Single View*, 1985: how many poses
#   one image has.
# - L. Sigal, A. Balan, M. J. Black, *HumanEva*, IJCV 2010; C. Ionescu, D. Papava, V. Olaru,
#   C. Sminchisescu, *Human3.6M*, PAMI 2014.
# - H. Rhodin, M. Salzmann, P. Fua, *Unsupervised Geometry-Aware Representation for 3D Human Pose
#   Estimation*, ECCV 2018: N-MPJPE.
#
# **Next:** chapter 09, where a memory works on the maps themselves.
