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
#     title: Coordinate regression
#     promise: Train two networks to predict where the joints are, and find out what their numbers are worth.
#     minutes: 65
#     real_data: [lspet]
# ---

# %% [markdown]
# # 02 · Coordinate regression: can a network predict coordinates directly?
#
# **In this chapter you train a plain CNN and a ResNet on two data sets, see junk labels poison
# one of them, and learn which number tells whether a network is any good.**
#
# | | |
# |---|---|
# | Time | 65 minutes of reading and trying |
# | Run, `quick`, 2 CPU cores | about 50 s, 1.2 GB of memory |
# | Run, `full`, GPU | not measured |
# | You will | **regress** coordinates · **mask** what is not labelled · **compare** a network with what needs none · **explain** PCK beside MSE · **draw** poses on live video |
# | Before you start | chapter 01: joint sets, visibility, crops; a training loop in PyTorch |

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
DATASET = "synthetic"  # or "lspet": LSP extended takes the first data set's place
SEED = 0  # same seed, same people, same networks

# %%
import tempfile
import time
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch

# %%
from posekit import catalog, checkpoints, evaluation, exercises, inference, losses
from posekit import metrics, plots, skeletons, synthetic, tasks, widgets
from posekit.data.batches import Augment, CropDataset
from posekit.data.crops import cache_crops, crop_labels, person_box
from posekit.datasets import LSPExtended, lsp_format
from posekit.geometry import fill_edges
from posekit.models import regression
from posekit.models.backbones import efficientnet_lite0

# %%
plots.style()
torch.set_num_threads(1)  # networks this small gain nothing from a second core
PEOPLE = {"smoke": 32, "quick": 400, "full": 4000}[PROFILE]  # to learn from
VAL = {"smoke": 16, "quick": 100, "full": 500}[PROFILE]  # held out
EPOCHS = {"smoke": 2, "quick": 8, "full": 60}[PROFILE]
FRAMES = {"smoke": 8, "quick": 48, "full": 200}[PROFILE]

# %% [markdown]
# ## 1 · The result first (3 minutes)
#
# A network of one million parameters, in a file of 2 MB that comes with posekit. It has seen
# only rendered people, never these, and it predicts fourteen joints at once.

# %%
model, card = checkpoints.load_pretrained("cnn")
people = synthetic.People(seed=SEED + 100, count=5, size=320)
fig, axes = plt.subplots(1, 5, figsize=(13, 3), layout="constrained")
for ax, person in zip(axes, people):
    box = person_box(person, 0)
    found = inference.predict_box(model, person.image, box, card["size"])  # (14, 2)
    ax.imshow(person.image)
    plots.show_pose(ax, found, skeleton="lsp14")
    ax.set_axis_off()
plots.show(fig, "Five rendered people, each with the fourteen joints that the network "
           "predicts: the torso follows each body, the legs mostly, the arms hardly.")

# %% [markdown]
# Look closely: the torso follows the body, also one that leans or hangs; arms and bent legs are
# mostly missed. This chapter is about getting that far, and about measuring *how far* that is.
#
# The most direct answer to *where are the joints?* is a network that predicts their coordinates:
# pixels go in, $2K$ numbers come out. This is called **coordinate regression**. The talk behind
# this chapter did it so (S. Djeddou, A. Maurel, M. Jean-Marie and L. Kempf, *Deep Learning Based
# Method for Automatic Human Pose Understanding*): two networks, two data sets, one table. We
# repeat that study, and then ask what the table means.

# %% [markdown]
# ## 2 · Pixels in, coordinates out (5 minutes)
#
# For a crop $I$ with one person the network $f_\theta$, whose weights are $\theta$, gives all $K$
# joints at once,
#
# $$ f_\theta(I) = (\hat x_1, \hat y_1, \ldots, \hat x_K, \hat y_K), \qquad
# \hat x_k = S \cdot \text{fraction} - 0.5, $$
#
# where $S$ is the side of the crop. Inside the network, the last layer predicts *fractions of the
# crop*: 0 is its left (upper) edge, 1 its right (lower) edge. So the same weights mean the same at
# every size.

# %%
images = torch.rand(8, 3, 64, 64)  # (B, 3, S, S), from 0 to 1
NETWORKS = {"CNN": partial(regression.cnn, width=16),
            "ResNet": partial(regression.small_resnet, widths=(16, 32, 48, 64))}
if PROFILE == "full":
    NETWORKS = {"CNN": regression.cnn, "ResNet": partial(regression.resnet, depth=50)}
for name, build in NETWORKS.items():
    network = build(14)
    print(f"{name:>7}: {tuple(images.shape)} -> {tuple(network(images).shape)}")

# %% tags=["check"]
for name, build in [("CNN in class", partial(regression.cnn, width=16)),
                    ("CNN, shipped", regression.cnn),
                    ("ResNet in class", NETWORKS["ResNet"]),
                    ("ResNet, shipped", regression.small_resnet),
                    ("ResNet-18", partial(regression.resnet, depth=18)),
                    ("ResNet-50", partial(regression.resnet, depth=50))]:
    weights = sum(p.numel() for p in build(14).parameters())
    print(f"{name:>15}: {weights / 1e6:5.2f} million parameters")

# %% [markdown]
# ```
# CNN      image 64 × 64 × 3
#            │ four times: 3 × 3 with stride 2, 3 × 3       32 × 32 × 16 … 4 × 4 × 64
#            │ read in order: 1,024 numbers
#            │ linear, ReLU                                 128
#            ▼ linear                                       28 fractions ──► 14 × (x, y)
#
# ResNet   image 64 × 64 × 3
#            │ 3 × 3 with stride 2                          32 × 32 × 16
#            │ eight blocks  x ─┬─ 3 × 3 ─ 3 × 3 ─(+)─►     16 × 16 × 16 … 2 × 2 × 64
#            │                  └─────────────────┘
#            │ mean over the image                          64
#            ▼ linear                                       28 fractions ──► 14 × (x, y)
# ```
#
# ```python
# features = backbone(image)             # (B, 128) of the CNN, (B, 64) of the ResNet
# fractions = linear(features)           # (B, 28): 0 is the left (upper) edge, 1 the right (lower)
# return fractions.unflatten(-1, (14, 2)) * side - 0.5        # (B, 14, 2) pixels
# ```
#
# **The CNN** is a stack of convolutions that ends in a 4 × 4 grid; two linear layers read that
# grid in order, so they know *where* each feature was seen.
#
# **The ResNet** adds shortcuts, $y = x + g(x)$, so that gradients reach the first layer of a
# deep network (He et al., 2016). Before its last layer it *averages* every feature over the
# image. **Predict:** what does that average throw away, and who needs it? (Quiz, question 3.)
#
# Djeddou and his co-authors used ResNet-50. On two CPU cores it takes minutes where ours takes seconds, so in
# class a small one of the same blocks stands in; section 10 has ResNet-50's figures.

# %% [markdown]
# ## 3 · Two data sets, and the junk in them (4 minutes)
#
# | | joints | what the file holds for a joint that is *not* labelled |
# |---|---|---|
# | **LSP extended** | 14 | coordinates, as for any other joint: the upper left corner of the square around the image |
# | **MPII** | 16 | in the widespread JSON: (−1, −1) |
#
# In LSP extended 12 % of the joints are like that. Our stand-ins are synthetic people in
# *easy* poses before a plain wall, so that a network learns something within seconds. The
# first one goes through LSP extended's own file format, junk and all.

# %%
easy = partial(synthetic.People, count=PEOPLE + VAL, size=128, difficulty="easy")
if DATASET == "lspet":
    reader = catalog.load("lspet", "train")  # the real one
    samples = [reader[i] for i in range(min(PEOPLE + VAL, len(reader)))]
else:
    folder = lsp_format.lsp_extended(tempfile.mkdtemp(), easy(seed=SEED))
    samples = reader = LSPExtended(folder)
    print((folder / "README.txt").read_text().splitlines()[0])
print(len(samples), "people,", skeletons.get("lsp14"))

# %%
flags = reader.joints[:len(samples), :, 2]  # (N, 14), 1 where labelled
raw = reader.joints[:len(samples), :, :2]  # (N, 14, 2), junk included
fig, ax = plt.subplots(figsize=(6, 4.4), layout="constrained")
ax.plot(*raw[flags == 1].T, ".", alpha=0.25, label="labelled")
ax.plot(*raw[flags == 0].T, "x", markersize=9, label="not labelled")
ax.set(xlabel="x, pixels", ylabel="y, pixels", title="Every joint in the file")
ax.invert_yaxis()
ax.legend()
plots.show(fig, "Scatter plot of all joint coordinates in the file: a cloud of "
           "labelled joints, and the unlabelled ones in one corner, far from a body.")

# %% [markdown]
# How many are not labelled?

# %% tags=["key"]
print(f"joints not labelled, percent: {100 * (flags == 0).mean():.1f}")

# %% [markdown]
# Now both sets as crops of 64 × 64 pixels, and for each image the place of its junk.

# %%
def split(crops):
    """The first people to learn from, the last ones held out."""
    take = lambda rows: replace(crops, **{  # noqa: E731
        name: getattr(crops, name)[rows]
        for name in ("images", "keypoints", "visible", "matrices", "people")})
    return take(slice(None, -VAL)), take(slice(-VAL, None))


first = cache_crops(samples, 64, progress=False)
second = cache_crops(easy(seed=SEED + 1, skeleton="mpii16"), 64, progress=False)
lost = np.random.default_rng(SEED).random(second.visible.shape) < 0.12
second.visible[lost], second.keypoints[lost] = 0, np.nan

# %%
DATA = {"14 joints": split(first), "16 joints": split(second)}
sizes = {sample.id: sample.size for sample in samples}
corners = [lsp_format.junk_of(*sizes[name]) for name, _ in first.people]
JUNK = {"14 joints": torch.tensor(corners, dtype=torch.float64),  # (N, 2) x, y
        "16 joints": torch.full((len(second), 2), -1.0, dtype=torch.float64)}
for name, (train, held_out) in DATA.items():
    print(f"{name}: {len(train)} to learn from, {len(held_out)} held out,"
          f" crops {train.images.shape[1:]}")

# %% [markdown]
# ## 4 · One loss, two ways (4 minutes)
#
# The loss is the mean squared error of a coordinate. With $p_k$ the true place $(x_k, y_k)$ of joint
# $k$, $\hat p_k$ the predicted one, and a mask $v_k$, which is 1 for a labelled joint and 0 for any
# other,
#
# $$ \mathcal L = \frac{\sum_k v_k \,\lVert \hat p_k - p_k \rVert^2}{2 \sum_k v_k}. $$
#
# Without the mask every number in the file counts. In code the difference is one argument:

# %%
def masked(model, batch):
    """Labelled joints only, and over how many that is a mean."""
    loss = losses.l2(model(batch.images), batch.keypoints, batch.visible)
    return loss, (batch.visible > 0).sum()


def unmasked(model, batch, junk):
    """What a loop without a mask learns: the junk is a place like any other."""
    matrices, corner = batch.matrices, junk[batch.index, :, None]  # (B, 2, 1)
    place = (matrices[..., :2] @ corner + matrices[..., 2:]).mT.float()  # (B, 1, 2)
    target = torch.where(batch.keypoints.isnan(), place, batch.keypoints)
    return losses.l2(model(batch.images), target, torch.ones_like(batch.visible))


# %% [markdown]
# One training step, written out, and taken ten times on the same 16 people:

# %% tags=["check-0.2"]
torch.manual_seed(SEED)
beginner = NETWORKS["CNN"](14)
few = CropDataset(DATA["14 joints"][0]).batch(range(16))
optimizer = torch.optim.AdamW(beginner.parameters(), lr=2e-3)
for step in range(10):
    predicted = beginner(few.images)  # (16, 14, 2) pixels
    loss = losses.l2(predicted, few.keypoints, few.visible)
    optimizer.zero_grad()
    loss.backward()  # the gradient of the loss by every weight
    optimizer.step()  # each weight moves a little against it
    if step in (0, 9):
        print(f"loss before step {step + 1:>2}: {loss.item():6.1f} px²")

# %% [markdown]
# **Predict.** One joint in eight is junk, and it is always in the same corner. Where will the
# network that was trained without a mask put *every* joint, compared with the right place?

# %% [markdown]
# ## 5 · Eight trainings (5 minutes)
#
# Two networks, two data sets, with the mask and without. `tasks.fit_recipe` is `fit`, the course's
# training loop, with batches and a validation; the whole of `fit` is in `posekit/training.py`.
# In `full` each training saves itself every epoch and goes on where it was stopped.

# %%
def recipe_of(network, loss):
    """A training of a few seconds: small batches, mirror images, nothing else."""
    return replace(
        tasks.get("cnn"), model=NETWORKS[network], loss=loss, batch_size=16,
        augment=Augment(rotation=0, scale=0, shift=0, flip=0.5, colour=0),
        settings={"lr": 2e-3, "grad_clip": 1000.0})


def train(data, network, loss, name, **options):
    crops, val = DATA[data]
    recipe, mean = recipe_of(network, loss), evaluation.mean_pose(crops)
    model = tasks.build(recipe, crops, SEED)
    history = tasks.fit_recipe(recipe, model, crops, val, epochs=EPOCHS,
                            **options)
    return model, history, evaluation.report(model, val, mean)

# %% [markdown]
# All eight, one after the other; each takes a few seconds:

# %%
runs, start = {}, time.perf_counter()
for data, network, name in product(DATA, NETWORKS, ("masked", "unmasked")):
    loss = masked if name == "masked" else partial(unmasked, junk=JUNK[data])
    key = (data, network, name)
    saved = Path("runs", "02", *key) if PROFILE == "full" else None
    runs[key] = train(data, network, loss, name, seed=SEED, folder=saved, resume=True)
    print(f"{' · '.join(key):<30} loss {runs[key][1].column('loss')[0]:6.1f} -> "
          f"{runs[key][1].column('loss')[-1]:5.1f}")

# %%
fig, axes = plt.subplots(2, 2, figsize=(10, 6), layout="constrained", sharex=True)
for ax, (data, network) in zip(axes.flat, product(DATA, NETWORKS)):
    for name, line in [("masked", "-o"), ("unmasked", "--s")]:
        history = runs[data, network, name][1]
        ax.plot(history.column("epoch"), history.column("loss"), line, label=name)
    ax.set(title=f"{network} + {data}", ylabel="loss, px²", ylim=(0, None))
    ax.set_xlabel("epoch")
axes[0, 0].legend()
plots.show(fig, "Four panels of loss curves, CNN and ResNet on both data sets: all "
           "fall; the unmasked losses level off many times higher than the masked.")

# %% [markdown]
# All eight fall, and anybody looking at one alone would be content. The masked and unmasked
# losses cannot be compared with each other (they average over different joints), so both
# kinds are now judged by **one** measure: the masked MSE on people held out.

# %% [markdown]
# ## 6 · The table (5 minutes)
#
# No figure stands alone here. Two predictors that never look at the image stand beside the
# networks: the **constant**, every joint in the crop's middle, and the **mean pose** of the
# training set. What does not beat them has learnt nothing about images. (Both columns of the talk's
# study are *synthetic* here: the 14 joints stand in for LSP extended, the 16 joints for MPII.)

# %%
def row(name, score):
    print(f"{name:<28}{score['mse']:9.1f}{score['distance']:12.1f}{score['pck']:9.1f}")


print(f"{'held out':<28}{'MSE, px²':>9}{'off by, px':>12}{'PCK, %':>9}")
for data in DATA:
    report = runs[data, "CNN", "masked"][2]
    row(f"{data} · constant", report["constant"])
    row(f"{data} · mean pose", report["mean_pose"])
    for network, name in product(NETWORKS, ("masked", "unmasked")):
        row(f"{data} · {network} {name}", runs[data, network, name][2]["model"])

# %% [markdown]
# Three of these figures in short, and what must hold whenever this notebook is run:

# %% tags=["key"]
report = runs["14 joints", "CNN", "masked"][2]
poisoned = runs["14 joints", "CNN", "unmasked"][2]
print(f"MSE of the mean pose, px²: {report['mean_pose']['mse']:.1f}")
print(f"MSE of the CNN, masked, px²: {report['model']['mse']:.1f}")
print(f"MSE of the CNN, unmasked, px²: {poisoned['model']['mse']:.1f}")

# %% tags=["check"]
enough = PROFILE != "smoke"  # two epochs on 32 people teach nothing
for data in DATA:
    with_mask, without = (runs[data, "CNN", name][2] for name in ("masked", "unmasked"))
    mse, blind = with_mask["model"]["mse"], with_mask["mean_pose"]["mse"]
    print(f"{data}: the CNN beats the mean pose by a fifth of its MSE:",
          "not asked" if not enough else bool(mse < 0.8 * blind))
    print(f"{data}: without the mask its MSE is more than doubled:",
          "not asked" if not enough else bool(without["model"]["mse"] > 2 * mse))

# %% [markdown]
# **See?** Junk is not noise that averages out. It lies in one corner, and in the mirror images that
# are trained on, too, in the other upper corner. So it pulls *every* joint of *every* person an
# eighth of the way up, and the right and the left pull cancel: the squared-error optimum is the mean
# of what the file says, and the mean of fourteen knees and two corners is no knee.
#
# ### Look, don't only read
#
# Crosses are the truth; the skeleton is what the network predicts.

# %%
def picture(ax, crops, i, points):
    """One crop, the truth (crosses, seen on dark clothes too) and a prediction."""
    x, y = crop_labels(crops)[0][i].T
    ax.imshow(fill_edges(crops.inputs()[i]))
    plots.show_pose(ax, points[i], None, crops.skeleton, width=2.5, marker=4)
    ax.plot(x, y, "wx", markersize=10, markeredgewidth=4)
    ax.plot(x, y, "kx", markersize=8, markeredgewidth=2)
    ax.set_axis_off()


# %%
for data, network in product(DATA, NETWORKS):
    fig, axes = plt.subplots(1, 6, figsize=(13, 2.6), layout="constrained")
    crops = DATA[data][1]
    for ax, i, name in zip(axes, (0, 1, 2) * 2, ["masked"] * 3 + ["unmasked"] * 3):
        picture(ax, crops, i, inference.predict(runs[data, network, name][0], crops))
        ax.set_title(name)
    fig.suptitle(f"{network} + {data}")
    plots.show(fig, f"{network} on {data}: three people with the masked network's "
               "poses near the crosses, the same three with the unmasked network's "
               "poses shrunk and dragged towards the upper edge.")

# %% [markdown]
# ## 7 · What does MSE hide? PCK (5 minutes)
#
# MSE has three weaknesses: **pixels of what?** (the crop's: another crop size gives another
# number), **squares** (one wild miss outweighs thirteen good joints), and **no meaning**: is
# 30 px² good? PCK, the *percentage of correct keypoints*, asks of each joint one question: is
# it at most 0.2 of this person's torso away (left shoulder to right hip)?
#
# $$ \text{PCK} = \frac{100}{\sum v_k} \sum_k v_k \,
# \big[\, \lVert \hat p_k - p_k \rVert \le 0.2 \cdot \text{torso} \,\big] $$
#
# (The bracket is 1 where what it says is true, and 0 elsewhere.)
#
# **Predict.** Two made-up networks: *A* is 3 pixels off at every joint. *B* is exact at 13
# joints and 40 pixels off at one. Which has the better MSE, and which the better PCK?

# %% tags=["check"]
truth = np.zeros((1, 14, 2))
truth[0, [9, 2]] = [[10, 0], [0, 20]]  # left shoulder, right hip: a torso of 22.4
a, b = truth + [3.0, 0.0], truth.copy()
b[0, 6] += [40.0, 0.0]
seen, torso = np.full((1, 14), 2), metrics.torso_lengths(truth, np.full((1, 14), 2))
for name, guess in [("A, 3 px everywhere", a), ("B, one joint 40 px off", b)]:
    print(f"{name:>22}: MSE {metrics.mse(guess, truth, seen).value:5.1f} px², "
          f"PCK {metrics.pck(guess, truth, seen, torso).value:5.1f} %")

# %% [markdown]
# By MSE *A* is 13 times better, and PCK calls *A* perfect and *B* nearly so: the two numbers
# answer different questions. PCK depends on its threshold, so look at the whole curve, and
# move the threshold if you run this live.

# %%
shipped = {name: checkpoints.load_pretrained(name) for name in ("cnn", "small_resnet")}
val = cache_crops(synthetic.People(SEED + 200, VAL, 128), 64, progress=False)
points, visible = crop_labels(val)
mean = np.array(card["mean_pose"]) * card["size"] - 0.5  # (14, 2)
guesses = {"constant": np.full_like(points, 31.5),
           "mean pose": np.broadcast_to(mean, points.shape)}
for name, (network, _) in shipped.items():
    guesses[name] = inference.predict(network, val)  # (N, 14, 2)
torsos = metrics.torso_lengths(points, visible)

# %%
def pck_of(name, threshold):
    return metrics.pck(guesses[name], points, visible, torsos, threshold).value


def curve(ax, threshold):
    steps = np.linspace(0, 0.5, 51)
    for name, line in zip(guesses, ("k:", "k--", "-", "-.")):
        ax.plot(steps, [pck_of(name, at) for at in steps], line,
                label=f"{name}: {pck_of(name, threshold):.0f} %")
    ax.axvline(threshold, color="0.7")
    ax.set(xlabel="threshold, of the torso", ylabel="PCK, %", ylim=(0, 100))
    ax.legend(loc="upper left")

# %% [markdown]
# The grey line is the threshold; the legend gives the scores there.

# %%
widgets.explore(
    curve, "PCK against its threshold for the constant, the mean pose, the CNN and the "
    "ResNet: both networks lie far above at every threshold.",
    static=[{"threshold": 0.1}, {"threshold": 0.2}, {"threshold": 0.4}],
    controls={"threshold": (0.05, 0.5, 0.05)}, width=4.4)

# %% [markdown]
# ## 8 · A network that had time (5 minutes)
#
# These two networks come with posekit: they learnt from rendered people of *normal* difficulty
# (any pose, any side, a scene behind them) for longer than a lesson lasts. The card beside
# each file gives the command, so that anybody can repeat it.

# %%
for name, (_, about) in shipped.items():
    print(f"{name}: {about['command']}")
    for field in ("data", "hardware", "minutes", "epochs", "parameters", "terms"):
        print(f"    {field:>10}: {about[field]}")

# %% tags=["key"]
found = {name: evaluation.scores(guess, points, visible, "lsp14")
         for name, guess in guesses.items()}
for name, score in found.items():
    print(f"PCK of the {name}, %: {score['pck']:.0f}")
print(f"MSE of the mean pose, px²: {found['mean pose']['mse']:.1f}")
print(f"MSE of the cnn, px²: {found['cnn']['mse']:.1f}")

# %% [markdown]
# Which joints are hard? **Predict** the order before you look: hips, shoulders, wrists, ankles.

# %%
joints = skeletons.get("lsp14").joints
order = np.argsort(found["cnn"]["pck_per_joint"])
fig, ax = plt.subplots(figsize=(8, 5), layout="constrained")
for name, mark in [("mean pose", "k|"), ("cnn", "o"), ("small_resnet", "s")]:
    ax.plot(np.array(found[name]["pck_per_joint"])[order], range(14), mark,
            markersize=10, label=name)
ax.set(yticks=range(14), yticklabels=[joints[k].replace("_", " ") for k in order],
       xlabel="PCK at 0.2 of the torso, %", title="Joint by joint")
ax.grid(axis="x", alpha=0.4)
ax.legend()
plots.show(fig, "PCK of each joint for the mean pose, the CNN and the ResNet: wrists, "
           "elbows and ankles lowest; hips, shoulders and the head highest.")

# %% [markdown]
# The further along a limb, the harder, from shoulder to wrist and from hip to ankle: a hand can be
# nearly anywhere, and the mean of all its places is a place where it seldom is. At the elbows the
# networks are hardly better than the mean pose, or worse, which their good average hides. Now the
# best and the worst cases, because a mean
# hides both.

# %%
wrong = np.linalg.norm(guesses["cnn"] - points, axis=-1)  # (N, 14)
wrong = np.nanmean(np.where(visible > 0, wrong, np.nan), axis=1)  # (N,)
best_first = np.argsort(wrong)
fig, axes = plt.subplots(2, 5, figsize=(13, 5.6), layout="constrained")
for ax, i in zip(axes.flat, [*best_first[:5], *best_first[-5:]]):
    picture(ax, val, i, guesses["cnn"])
    ax.set_title(f"{wrong[i]:.1f} px off")
fig.suptitle("Above the five best, below the five worst of the people held out")
plots.show(fig, "Ten people: in the upper row the prediction lies on the crosses, in "
           "the lower row, unusual poses and people from behind, it does not.")

# %% [markdown]
# **Explain.** The five worst crouch, sit, bend down or have their limbs far apart. The network
# makes each of
# them thinner and smaller than they are, in the middle of their joints. Asked to choose between two
# poses, a network trained on squared error does not
# choose: it answers the *mean* of both, an arm in between. That is the weakness of coordinate
# regression, and chapter 03's heatmaps are the cure: a map can have two peaks.

# %% [markdown]
# ## 9 · What does a backbone know beforehand? (5 minutes)
#
# Here is the table of Djeddou, Maurel, Jean-Marie and Kempf, which this chapter repeats, in their
# own words *MSE*, without a unit:
#
# | | LSP extended, 14 joints | MPII, 16 joints |
# |---|---|---|
# | CNN | 38.19 | 20.43 |
# | ResNet-50 | 28.58 | 16.51 |
#
# In both columns the ResNet wins, by 28.58 / 38.19 = **0.75** in the first. In section 6 ours wins
# too, but by less. One thing that their talk does not tell may explain the difference: how its ResNet
# *began*. ResNets are usually downloaded with weights that were trained to name the objects of a
# million photographs, **ImageNet**. The plain CNN begins with random numbers.
#
# **Predict.** Take a backbone (here EfficientNet-Lite0, a small one) that never saw a labelled
# joint and never will: its weights stay
# as they are. One linear layer reads its features. With ImageNet's weights, or with random
# ones: which finds more joints, and is either better than the mean pose?

# %%
def features(backbone, crops):
    """(N, 112 · 4 · 4), those at stride 16."""
    images = torch.from_numpy(crops.inputs()).permute(0, 3, 1, 2) / 255
    with torch.inference_mode():
        return backbone.eval()(images)[2].flatten(1)


def linear(known, points, new, strength):
    """Ridge regression, which is solved, not trained."""
    mean, std = known.mean(0), known.std(0) + 1e-3
    known, new = (known - mean) / std, (new - mean) / std
    gram = known @ known.T + strength * torch.eye(len(known))
    middle = points.mean(0)
    return new @ known.T @ torch.linalg.solve(gram, points - middle) + middle


# %%
learnt, held_out = DATA["14 joints"]
places, flags = crop_labels(learnt)  # (N, 14, 2), NaN where unlabelled
places = np.where(flags[..., None] > 0, places, np.nanmean(places, axis=0))
places = torch.from_numpy(places).float().flatten(1)  # (N, 28)
truth, flags = crop_labels(held_out)

# %% [markdown]
# Now the two backbones. Half of the people choose how strongly the layer is held back.

# %%
for name, pretrained in [("random weights", False), ("ImageNet's weights", True)]:
    torch.manual_seed(SEED)
    backbone = efficientnet_lite0(pretrained)
    read, new = features(backbone, learnt), features(backbone, held_out)
    half = len(read) // 2  # half of those learnt from choose the strength, 10, 100, ...
    tried = [(linear(read[:half], places[:half], read[half:], 10.0**n) - places[half:])
             .square().mean() for n in range(1, 7)]
    guess = linear(read, places, new, 10.0 ** (1 + int(np.argmin(tried))))
    guess = guess.unflatten(1, (14, 2)).numpy()
    result = evaluation.scores(guess, truth, flags, "lsp14")
    print(f"{name:>18}: MSE {result['mse']:5.1f} px², PCK {result['pck']:5.1f} %")

# %% [markdown]
# **Explain.** Random features are so little use that the best linear layer on them gives the mean
# pose again. On ImageNet's features the same layer has half the MSE of the best network that
# section 5 *trained* on these people. Nobody told that backbone what an elbow is. It learnt features
# that tell objects apart, and these already tell most of where the joints are. So whoever compares
# two networks, of which one began with such weights and the other with random numbers, also compares
# how they began.
#
# ## 10 · The same question, on photographs (7 minutes)
#
# Section 9 asked on rendered people. Here are photographs of **LSP extended**: images 1–5000 are
# learnt from (11.5 % of their joints are unlabelled, and masked), 30 epochs each, crops of 96 × 96
# pixels, seed 0. LSP 801–1000 choose the epoch; LSP extended 5501–6000 and LSP 1001–2000 were scored
# once, at the end. MSE is masked, in squared pixels of a crop around the labelled joints' box, grown
# by 1.25. Such a box flatters, since it tells where the outermost joints are. PCK is at 0.2 of the
# torso, left shoulder to right hip.
#
# | | MSE, LSP extended | PCK, the same | MSE, LSP test | PCK, LSP test |
# |---|---|---|---|---|
# | mean pose | 406.9 | 4.9 % | 243.4 | 7.8 % |
# | backbone of section 9, from scratch, 3.9 M parameters | 374.6 | 6.9 % | 202.5 | 11.1 % |
# | plain CNN, from scratch, 4.0 M parameters | 248.0 | 13.7 % | 153.5 | 18.7 % |
# | **the same backbone, from ImageNet's weights** | **148.2** | **25.8 %** | **87.7** | **32.1 %** |
#
# (`posekit train cnn_lspet`, `lite_lspet` and `lite_scratch_lspet`, about a minute an epoch on one
# core, then `python tests/benchmarks/lspet_study.py`; 2026-11-29.)
#
# **Read it before you trust it.** Pretrained backbone to plain CNN is 148.2 / 248.0 = **0.60**. *The
# same backbone* from scratch to plain CNN is 374.6 / 248.0 = **1.51**. It is one network in both rows:
# the numbers that the training began with, and a learning rate that suits them (the folded box below),
# are all that differs, and they decide which side wins. Djeddou's
# 0.75 lies between the two. So its ranking does not show that a deeper network is better; a good
# beginning alone can explain it. Whether that ResNet had one, the talk does not tell.
#
# Here is their table again, with what can be measured here beside it:
#
# | | LSP extended, Djeddou et al. | LSP extended, here | MPII, Djeddou et al. | MPII, here |
# |---|---|---|---|---|
# | CNN | 38.19 | 248.0 px² | 20.43 | *not measured* |
# | ResNet-50; here the pretrained backbone | 28.58 | 148.2 px² | 16.51 | *not measured* |
# | second row / first row | 0.75 | 0.60 | 0.81 | |
#
# Only the ratios can be compared: MSE grows with the area of the crop, and the talk does not tell how
# large its images were. MPII's column is missing because only five of its images were at hand when
# this was written. The second data set of sections 3 to 6 is synthetic, and cannot stand in for it.
#
# <details><summary>For the curious: what do the curves say, and where is ResNet-50?</summary>
#
# | MSE while training, augmented | epoch 1 | 6 | 11 | 16 | 21 | 26 | 30 |
# |---|---|---|---|---|---|---|---|
# | plain CNN | 421 | 360 | 324 | 292 | 270 | 253 | 250 |
# | backbone, from scratch | 426 | 407 | 388 | 358 | 347 | 333 | 331 |
# | backbone, from ImageNet | 345 | 232 | 192 | 161 | 135 | 119 | 116 |
#
# After one epoch the pretrained backbone is where the other one is after twenty. From scratch
# the backbone is *under*fitted: its training loss is high as well. It was given half the learning
# rate, since with the usual one it stayed at the mean pose. Whether many more epochs would bring it
# nearer was not tried: the table tells what is true *at equal epochs*, and no more.
#
# ResNet-50 itself was trained from scratch in an earlier form of this study, on 64 × 64 crops and for
# 50 epochs, beside a CNN of the same 4.0 M parameters: 117.8 against the CNN's 99.6 px² on LSP extended
# 5001–6000 (mean pose: 178.9), a ratio of **1.18**, in 89 minutes against 19. It shows the same: from
# scratch, 5,000 images teach 50 layers slowly. ImageNet's weights for ResNet-50 could not be
# downloaded where this was written; those of the smaller backbone come with a package.
#
# </details>

# %% [markdown]
# What do the shipped networks, which saw only rendered people, make of photographs? On LSP's
# images 801–1000 (`posekit eval cnn --data lsp:val`, 2026-11-20): CNN 54.0 px², PCK 24.5 %; small
# ResNet 56.1 px², PCK 23.7 %; the mean pose of the rendered people 67.5 px², 11.6 %. (Crops of
# 64 × 64 pixels, and other images than those of the table above: the two must not be compared.)
# Both networks are better than the mean pose, and still of little use: section 8's people are not
# photographs. See for yourself, on people of the seven photographs that come with posekit (they
# are for looking at, and give no figure):

# %%
shots = cache_crops(catalog.load("photos", skeleton="lsp14"), 64, progress=False)
truly, labelled = crop_labels(shots)
seen = inference.predict(checkpoints.load_pretrained("cnn")[0], shots)
clear = np.argsort(-(labelled > 0).sum(1), kind="stable")[:6]  # most joints labelled
fig, axes = plt.subplots(2, 6, figsize=(13, 4.6), layout="constrained")
for line, name, poses in zip(axes, ("labelled", "cnn"), (truly, seen)):
    for ax, i in zip(line, clear):
        ax.imshow(fill_edges(shots.inputs()[i]))
        plots.show_pose(ax, poses[i], None, "lsp14", width=2.5, marker=4)
        ax.set_axis_off()
    line[0].set_title(name, loc="left")
plots.show(fig, "Six people in photographs, above as they are labelled, below as the "
           "CNN predicts them: thin upright figures that fit none of the six.")

# %% [markdown]
# (Photographs from Flickr, CC BY 2.0; `DATA.md` names each of them. Labels: COCO, CC BY 4.0.)

# %% [markdown]
# ## 11 · Live, with a skeleton drawn right (5 minutes)
#
# Their talk ended with a webcam and a list of limbs, by number, for MPII's 16 joints. Here it
# is, as it stood in the script. **Look closely before you run it:** what is missing?

# %%
TALK = [[0, 1], [1, 2], [2, 6], [6, 3], [3, 4], [4, 5], [6, 7], [7, 8], [8, 9], [8, 12],
        [12, 11], [12, 13], [13, 14], [14, 15]]
mpii = skeletons.get("mpii16")
limbs = tuple((mpii.joints[a], mpii.joints[b]) for a, b in TALK)
talk = skeletons.Skeleton("talk", mpii.joints, limbs, "Djeddou et al.'s webcam script")
print("the joint at 10:", mpii.joints[10])

# %%
person = synthetic.Clips(SEED, 1, 16, 320, "mpii16", action="jumping_jacks",
                         difficulty="easy")[0][3]
fig, axes = plt.subplots(1, 2, figsize=(7.5, 3.9), layout="constrained")
titles = ("the script's limbs", "posekit's limbs")
for ax, body, title in zip(axes, (talk, mpii), titles):
    ax.imshow(person.image)
    plots.show_pose(ax, person.keypoints, None, body)
    ax.set(title=title)
    ax.set_axis_off()
plots.show(fig, "One person twice with 16 joints. With the script's limbs the right "
           "wrist floats alone and the shoulders are joined directly; with posekit's "
           "the right forearm is there and both shoulders hang on the thorax.")

# %% [markdown]
# The right wrist floats: the pair `[11, 10]` was forgotten, and numbers do not show it
# (exercise 1 finds such gaps by itself). And `[12, 13]` joins the shoulders to each other,
# where the left one should hang on the thorax. posekit writes limbs by name.
#
# Our network predicts LSP's 14 joints, so they are converted *by name*: pelvis and thorax are the
# middles of hips and shoulders. The person's box comes with the synthetic video here; on your
# own camera a detector gives it (chapter 11 puts both together).

# %%
clip = synthetic.Clips(seed=SEED, count=1, frames=FRAMES, size=320, skeleton="lsp14")[0]
frames = list(clip)  # rendered before the clock starts
drawn, start = [], time.perf_counter()
for frame in frames:
    box = person_box(frame, 0)
    found14 = inference.predict_box(model, frame.image, box, card["size"])  # (14, 2)
    found16 = skeletons.convert(found14, None, "lsp14", "mpii16")
    drawn.append(plots.draw_pose(frame.image, *found16[:2], mpii))
seconds = time.perf_counter() - start
fig = plots.grid([drawn[i] for i in np.linspace(0, FRAMES - 1, 6).astype(int)],
                 columns=6, side=2.3)
plots.show(fig, "Six frames of a moving person, each with 16 joints drawn.")

# %% tags=["key"]
print(f"frames a second, crop, network and drawing: {FRAMES / seconds:.0f}")

# %% [markdown]
# A webcam gives 30 frames a second, so a network of this size is not what makes live video
# hard: finding the people in the image is.

# %% [markdown]
# ## 12 · Your turn
#
# Five exercises, the last one hard, and an experiment. Write your answer in place of `raise NotImplementedError`
# and run the cell; `hint()` gives one hint at a time, `solution()` shows ours.

# %%
ex = exercises.chapter("02_coordinate_regression")

# %% [markdown]
# ### Exercise 1: the forgotten limb
#
# Given a number of joints and a list of limbs, return the list of the joints that **no** limb
# ends at, in increasing order. Then try it on the list of section 11: `unreached(16, TALK)`.

# %%
def unreached(count, limbs):
    """count: how many joints. limbs: pairs [a, b]. -> list of joint numbers"""
    raise NotImplementedError


ex.unreached.check(unreached)
# ex.unreached.hint()
# ex.unreached.solution()

# %% [markdown]
# ### Exercise 2: MSE with a mask
#
# The mean squared error of a coordinate over the **labelled** joints (`visible` above 0).
# Unlabelled targets may hold junk or NaN. If nothing is labelled, nothing was measured: NaN.

# %%
def masked_mse(predicted, target, visible):
    """(people, joints, 2) twice, (people, joints). -> a number, px²"""
    raise NotImplementedError


ex.masked_mse.check(masked_mse)
# ex.masked_mse.hint()
# ex.masked_mse.solution()

# %% [markdown]
# ### Exercise 3: the best blind predictor
#
# The mean pose: for each joint the mean of its labelled places, NaN for a joint that nobody
# has labelled.

# %%
def mean_pose(points, visible):
    """(people, joints, 2), (people, joints). -> (joints, 2)"""
    raise NotImplementedError


ex.mean_pose.check(mean_pose)
# ex.mean_pose.hint()
# ex.mean_pose.solution()

# %% [markdown]
# ### Exercise 4: PCK
#
# The percentage of labelled joints that are at most `threshold * torso` away from the truth.
# A prediction of NaN is a miss. A person whose torso is NaN is left out. NaN if nothing is
# left.

# %%
def pck(predicted, target, visible, torso, threshold):
    """(people, joints, 2) twice, (people, joints), (people,). -> percent"""
    raise NotImplementedError


ex.pck.check(pck)
# ex.pck.hint()
# ex.pck.solution()

# %% [markdown]
# ### Exercise 5 (hard): ask twice
#
# Ask a model about images **and** about their mirror images, bring the second answer back
# (x, and the names of left and right), and return the mean of both.

# %%
def flip_average(model, images, flip):
    """model: (people, 3, S, S) -> (people, joints, 2) px. flip: (joints,) numbers."""
    raise NotImplementedError


ex.flip_average.check(flip_average)
# ex.flip_average.hint()
# ex.flip_average.solution()

# %% [markdown]
# And once it is right: by how much does asking twice help? The answer needs no training, only twice
# the time. **Predict**, then ask the shipped CNN (`model`) about the people of section 8.
#
# <details><summary>What we found</summary>
#
# On the 100 people of section 8: asked once, MSE 21.90 px² and PCK 36.9 %; asked twice, 21.53 px² and
# 37.4 %. Half a point, free of training.
#
# </details>
#
# ### An experiment: what will a run without a mask score?
#
# Section 4 made you predict where a network without a mask puts the joints. If squared error really
# answers the mean of what it is told, this can be *computed* from the masked network, without any
# training: pull each of its predictions towards the junk, by the share of the junk. The cell below
# does it, beside what the two trainings of section 5 score. **Predict** first: which of the three is
# best, and are the last two alike? Then move the junk: to the middle of the image, or far outside
# (`JUNK` holds one place for each image). Compute what the training without a mask will score, write
# it down, and only then train it (`train(..., partial(unmasked, junk=...), ...)`). Write your
# conclusion in three sentences: where is junk least harmful to PCK, how good was your prediction, and
# what do the networks do that the formula does not know?

# %%
crops, q = DATA["14 joints"][1], (reader.joints[:len(samples), :, 2] == 0).mean()
junk = JUNK["14 joints"][-VAL:, :, None].numpy()  # (N, 2, 1) px of the source image
junk = (crops.matrices[..., :2] @ junk + crops.matrices[..., 2:])[..., 0] - crops.edge
masked_cnn, unmasked_cnn = (inference.predict(runs["14 joints", "CNN", name][0], crops)
                            for name in ("masked", "unmasked"))  # (N, 14, 2) each
pulled = (1 - q) * masked_cnn + q * junk[:, None]
for name, guess in [("masked, trained", masked_cnn), ("pulled, computed", pulled),
                    ("unmasked, trained", unmasked_cnn)]:
    score = evaluation.scores(guess, *crop_labels(crops), "lsp14")
    print(f"{name:>17}: MSE {score['mse']:5.1f} px², PCK {score['pck']:5.1f} %")

# %% [markdown]
# <details><summary>What we found</summary>
#
# In the corner: computed 41.0 px² and 5.9 %, trained 32.6 px² and 16.6 %. The formula is right along y,
# where the trained network lies 12.5 % of the way to the junk, and wrong along x, where it lies 0.7 %
# of the way: half of the images are mirrored in training, the junk with them, so the pulls to the left
# and to the right cancel. Computed with the middle of both corners it is 25.5 px² and 24.7 %. In the middle
# of the image junk is least harmful, and the prediction good: computed 17.1 px² and 43.6 %, trained
# 18.5 px² and 44.7 %. Far outside, at (−100, −100), it is worst: computed 173.8 px² and 0.4 %, trained
# 101.0 px² and 2.2 %.
#
# </details>

# %% [markdown]
# ## 13 · Recap
#
# - Coordinate regression: a backbone, a linear layer, $2K$ numbers. Simple, small, fast.
# - **Mask** what is not labelled. Junk does not average out: it moves every prediction.
# - Set a **constant** and the **mean pose** beside every number; below them nothing was learnt.
# - **MSE** depends on the crop and on outliers; **PCK** tells how many joints are usable, and
#   depends on its threshold and normaliser: name both, and the box.
# - Regression answers the mean of what it holds possible: between two poses it picks neither.
#
# ### Quiz
#
# **1. A network's training loss falls from 120 to 30 px². The mean pose has 29. What has it
# learnt?**
#
# <details><summary>Answer</summary>
#
# The mean pose. The first thing that any network learns is where joints are on average, which
# needs no look at the image. Its last bias alone can hold that.
#
# </details>
#
# **2. You double the crop's side from 64 to 128 pixels and nothing else changes. What happens
# to MSE, and to PCK at 0.2 of the torso?**
#
# <details><summary>Answer</summary>
#
# MSE is four times as large: pixels are half as big, and squared. PCK stays: the torso grows
# along. That is why a table of MSE that does not name its crops tells nothing.
#
# </details>
#
# **3. The ResNet averages its features over the image before the last layer. How can it predict
# where anything is?**
#
# <details><summary>Answer</summary>
#
# By what it could put into the features before the average: zero padding tells a convolution
# near the border that it is near the border, and a deep network's features can mean *knee,
# lower left*. The CNN here is given the grid's order for free; a ResNet has to learn it.
#
# </details>
#
# **4. A network has an MSE of 13 px² on people held out, and the mean pose 28 px². Somebody reports
# only the first number. Which two questions do you ask?**
#
# <details><summary>Answer</summary>
#
# In which crops (their size, and how they were cut: a box around the true joints flatters), and
# what do predictors score that never look at the image? The same 13 px² are poor in a crop of 64
# pixels and good in one of 256.
#
# </details>
#
# **5. In section 9 a linear layer on frozen ImageNet features beats networks that were trained on
# these people. Does that show that ResNets are better than plain CNNs?**
#
# <details><summary>Answer</summary>
#
# No. The backbone of section 9 is not even a ResNet, and it differs from the networks of section 5 in
# how it *began*, not only in its form: it had seen a million photographs, they began with random
# numbers. With random weights the same backbone's
# features give the mean pose and no more. To compare two architectures, start both alike.
#
# </details>
#
# ### Where this comes from
#
# - A. Toshev, C. Szegedy, *DeepPose: Human Pose Estimation via Deep Neural Networks*,
#   CVPR 2014: joints by regression.
# - K. He, X. Zhang, S. Ren, J. Sun, *Deep Residual Learning for Image Recognition*, CVPR 2016.
# - S. Johnson, M. Everingham, *Learning Effective Human Pose Estimation from Inaccurate
#   Annotation*, CVPR 2011: LSP extended.
# - M. Andriluka, L. Pishchulin, P. Gehler, B. Schiele, *2D Human Pose Estimation: New Benchmark
#   and State of the Art Analysis*, CVPR 2014: MPII.
# - Y. Yang, D. Ramanan, *Articulated Human Detection with Flexible Mixtures of Parts*,
#   PAMI 2013: PCK.
# - J. Li et al., *Human Pose Regression with Residual Log-likelihood Estimation*, ICCV 2021:
#   regression that also predicts how sure it is.
#
# **Next:** chapter 03, where the network predicts one map per joint, and a map can have two peaks.
