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
#     title: Soft-argmax
#     promise: Give the top of a heatmap a gradient, find out what that costs, and read people in 3D off volumes.
#     minutes: 70
#     real_data: [lsp]
# ---

# %% [markdown]
# # 04 · Soft-argmax: a coordinate that can be learnt through
#
# **In this chapter you differentiate the place of a peak, find three ways in which it comes out
# wrong, mend them, and read people in three dimensions off one image.**
#
# | | |
# |---|---|
# | Time | 70 minutes of reading and trying |
# | Run, `quick`, 2 CPU cores | about 45 s, 1.7 GB of memory |
# | Run, `full`, GPU | not measured |
# | You will | **derive** soft-argmax and its gradient · **measure** what a grid and a temperature do · **mend** the pull to the centre · **compare** two ways to train one network · **read** depth off a volume |
# | Before you start | chapter 03: heatmaps, the stride, decoding; the chain rule |

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
DATASET = "synthetic"  # or "lsp": section 11 looks at its photographs
SEED = 0  # same seed, same people, same networks

# %%
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import torch

# %%
from posekit import catalog, checkpoints, evaluation, exercises, geometry, inference
from posekit import losses, plots, skeletons, synthetic, tasks, widgets
from posekit.codecs import heatmaps
from posekit.codecs import soft_argmax as codec
from posekit.codecs.heatmaps import GaussianHeatmaps
from posekit.data.batches import Augment, CropDataset
from posekit.data.crops import cache_crops, crop_labels
from posekit.errors import InputError
from posekit.geometry import fill_edges
from posekit.models.heatmap_nets import HeatmapNet
from posekit.tasks import single_person

# %%
plots.style()
torch.set_num_threads(1)  # networks this small gain nothing from a second core
PEOPLE = {"smoke": 32, "quick": 320, "full": 4000}[PROFILE]  # to learn from
VAL = {"smoke": 12, "quick": 100, "full": 500}[PROFILE]  # held out
EPOCHS = {"smoke": 1, "quick": 6, "full": 40}[PROFILE]
SKY, ORANGE = "#56B4E9", "#E69F00"  # blue and vermilion are left and right

# %% [markdown]
# ## 1 · The result first (3 minutes)
#
# Chapter 03's network, trained further on *coordinates*: it also predicts for each joint whether
# it is visible, and a joint that it takes to be hidden is drawn empty. It has 1.27 million parameters
# and has seen rendered people only, none of these.

# %%
net, card = checkpoints.load_pretrained("soft_argmax")
people = synthetic.People(SEED + 300, VAL, 2 * card["size"])
val = cache_crops(people, card["size"], progress=False)
batch = CropDataset(val).batch(range(len(val)))  # as the network takes them
with torch.no_grad():
    maps = torch.cat([net(part) for part in batch.images.split(20)])  # (N, 14, 32, 32)
points = codec.soft_argmax(maps, heatmaps.STRIDE).numpy()  # (N, 14, 2) pixels
seen = codec.confidence(maps).numpy()  # (N, 14) from 0 to 1

# %%
fig, axes = plt.subplots(1, 5, figsize=(13, 2.9), layout="constrained")
for ax, i in zip(axes, range(5)):
    ax.imshow(fill_edges(val.inputs()[i]))
    plots.show_pose(ax, points[i], 1 + (seen[i] > 0.5), "lsp14", marker=7)
    ax.set_axis_off()
plots.show(fig, "Five rendered people with the fourteen joints as predicted; "
           "joints that it takes to be hidden are drawn as empty circles.")

# %% [markdown]
# In chapter 02 a network predicted numbers, one place per joint. In chapter 03 it predicted maps,
# and *we* took the highest cell. Here both come together: the network predicts a map, a formula
# reads a coordinate off it, and the error of that coordinate trains the map.
#
# ```
# image ──► U-shape of chapter 03 ──► 14 maps ──► softmax ──► mean place ──► (x, y) ──► loss
#              ◄─────────────────── gradient of the loss ───────────────────────┘
# ```
#
# ```python
# maps = network(images)                           # (B, 14, 32, 32)
# share = maps.flatten(2).softmax(-1)              # (B, 14, 1024), each row sums to 1
# points = share @ places                          # places (1024, 2): the pixel of each cell
# loss = (points - keypoints).abs().mean()
# loss.backward()                                  # reaches every cell of every map
# ```

# %% [markdown]
# ## 2 · The highest cell teaches nothing (3 minutes)
#
# Why not train on the error of the highest cell? A network learns from the answer to *what if
# this value were a little larger?*
#
# **Predict.** In the map below, one cell of the right bump is slowly raised. How does the place
# of the highest cell move?

# %%
cells = torch.arange(12.0)
bumps = torch.tensor([[3.0, 2.0], [9.0, 1.8]])  # place and height of two bumps
row = (bumps[:, 1:] * torch.exp(-(cells - bumps[:, :1]) ** 2 / 2)).sum(0)  # (12,)
raised = torch.linspace(-0.8, 1.2, 201)
rows = row.repeat(201, 1)
rows[:, 9] += raised  # (201, 12): one more map for each height of cell 9
hard = rows.argmax(1)
soft = torch.softmax(rows / 0.3, 1) @ cells

# %%
fig, axes = plt.subplots(1, 2, figsize=(11, 3.6), layout="constrained")
axes[0].bar(cells, row, color=["0.7"] * 9 + [ORANGE] + ["0.7"] * 2)
axes[0].set(xlabel="cell", ylabel="height", title="A map of one row; cell 9 is raised")
axes[1].plot(raised, hard, "--", color=ORANGE, lw=2.5, label="the highest cell")
axes[1].plot(raised, soft, color=SKY, lw=2.5, label="soft-argmax, T = 0.3")
axes[1].set(xlabel="cell 9 raised by", ylabel="place read off, cells",
            title="What is read off the map", xticks=[-0.5, 0, 0.5, 1])
axes[1].legend(loc="lower right")
plots.show(fig, "Left, a map of one row with bumps at cells 3 and 9. Right, the "
           "highest cell stays at 3 and jumps to 9, while soft-argmax slides across.")

# %% [markdown]
# Counted, and asked of torch:

# %% tags=["check"]
steps = np.count_nonzero(np.diff(hard.numpy()))
print(f"the highest cell: {steps} jump in {len(raised)} heights, slope 0 elsewhere")
learnable = rows.clone().requires_grad_()
print("torch gives it a gradient:", learnable.argmax(1).requires_grad)

# %% [markdown]
# It stays, jumps, and stays. Its slope is 0 wherever it has one, so no value of the map learns
# whether it should rise or fall. Something that *slides* is needed.

# %% [markdown]
# ## 3 · The mean place, and its gradient (6 minutes)
#
# Make the map $h$ into probabilities, and take the *mean* place under them:
#
# $$ p_i = \frac{e^{h_i / T}}{\sum_j e^{h_j / T}}, \qquad \hat x = \sum_i p_i\, x_i, $$
#
# where $x_i$ is the place of cell $i$ in pixels and $T$ a *temperature*. This is **soft-argmax**
# (in the papers also *integral regression*, or *DSNT*).
#
# **The gradient.** From the quotient, $\partial p_j / \partial h_i = p_j\,([i = j] - p_i) / T$, where
# $[i = j]$ is 1 if $i$ is $j$, and 0 if not. So
#
# $$ \frac{\partial \hat x}{\partial h_i} = \frac1T \sum_j x_j\, p_j\, ([i = j] - p_i)
# = \frac1T \Big( x_i\, p_i - p_i \sum_j x_j\, p_j \Big)
# = \boxed{\; \frac{p_i\, (x_i - \hat x)}{T} \;} $$
#
# Read it: a cell to the right of $\hat x$ pulls it to the right when it rises. The further away
# it is the harder it pulls, like a weight on a lever, and $p_i$ is the weight.

# %%
codec12 = GaussianHeatmaps((48, 48), stride=4, sigma=1.2)
where = torch.tensor([[[14.0, 12.0], [34.0, 30.0]]])  # two bumps, pixels
both = codec12.encode(where, torch.ones(1, 2))[0]  # (2, 12, 12)
h = (3 * both[0] + 2 * both[1]).double().requires_grad_()  # (12, 12)
x, y = codec.soft_argmax(h, stride=4)
p = torch.softmax(h.flatten(), 0).view(12, 12)
places = torch.from_numpy(geometry.cell_to_pixel(np.arange(12), 4))  # (12,) pixels
by_formula = p * (places - x)  # (12, 12), T = 1
(by_autograd,) = torch.autograd.grad(x, h)

# %% [markdown]
# Is the formula right? Compare it with autograd, and with raising each cell a little:

# %% tags=["check"]
def nudged(i, j, step):
    """x after cell (i, j) has been raised by a step."""
    other = h.detach().clone()
    other[i, j] += step
    return codec.soft_argmax(other, stride=4)[0]


differences = torch.tensor([[(nudged(i, j, 1e-4) - nudged(i, j, -1e-4)) / 2e-4
                             for j in range(12)] for i in range(12)])
for name, other in [("autograd", by_autograd), ("finite differences", differences)]:
    worst = (other - by_formula).abs().max().item()
    print(f"{name}: within 1e-6 of the formula: {worst < 1e-6}")
print(f"sum of the gradient over the map: {abs(by_formula.sum().item()):.6f}")

# %%
fig, axes = plt.subplots(1, 3, figsize=(12, 3.7), layout="constrained")
slopes = [by_formula.detach(), (p * (places[:, None] - y)).detach()]
titles = ["p, and the mean place", "slope of x, px", "slope of y, px"]
for ax, picture, title in zip(axes, [p.detach(), *slopes], titles):
    most = picture.abs().max()
    low, colours = (0, "inferno") if ax is axes[0] else (-most, "PuOr_r")
    drawn = ax.imshow(picture, extent=(-0.5, 47.5, 47.5, -0.5), vmin=low, vmax=most,
                      cmap=colours)
    ax.plot(x.item(), y.item(), "+", color="white" if low == 0 else "k", ms=14, mew=3)
    ax.set(xlabel="x, pixels", ylabel="y, pixels", title=title)
    fig.colorbar(drawn, ax=ax, shrink=0.8)
plots.show(fig, "A map with two bumps; the mean lies between them. The slope of x is "
           "negative on the left bump and positive on the right one, near 0 elsewhere.")

# %% [markdown]
# **Explain.** Three things follow from the box, and each comes back below.
#
# - The gradients of a map **sum to 0**: raising all cells alike moves nothing. The *level* of a
#   map is free, and section 9 puts it to use.
# - A cell with $p_i \approx 0$ learns **nothing**: a map that is sharp in the wrong place is
#   stuck.
# - With two bumps the mean lies between them, where neither is: soft-argmax, like chapter 02's
#   regression, answers the mean. Only what it is the mean *of* can now be seen.
#
# Exercises 1 and 2 are these two formulas: do them now if you like.

# %% [markdown]
# ## 4 · On which grid? (5 minutes)
#
# In a talk behind this chapter (R. Ammar Khodja, *Joint 2D and 3D Pose Estimation and Action
# Recognition*) the same formula stands with $c / W_x$ for the place, and $c$ runs from 0 to $W_x$:
#
# $$ \Psi(\mathbf x) = \Big( \sum_{c=0}^{W_x} \sum_{l=0}^{H_x} \frac{c}{W_x}\, \Phi(\mathbf x)_{l,c},
# \;\; \sum_{c=0}^{W_x} \sum_{l=0}^{H_x} \frac{l}{H_x}\, \Phi(\mathbf x)_{l,c} \Big)^T $$
#
# $\Phi(\mathbf x)$ is the softmax of the map $\mathbf x$, and $W_x \times H_x$ is its size, here
# $W \times H$. That is $W + 1$ columns, at the *edges* of the cells; a map has $W$, and what a cell
# holds is
# best put at its **middle**. The code of the paper behind it (Luvizon, Picard and Tabia, CVPR 2018)
# spreads $W$ columns from 0 to 1, so the first and the last sit on the image's edges. posekit's
# $x_i = (i + \frac12)\,s - \frac12$ is in fractions: $(c + \frac12) / W$.
#
# **Predict.** A network has 32 columns of 4 pixels. How far off is each grid, and where?

# %%
GRIDS = {"Ammar Khodja: c / W": lambda c, W: c / W,
         "Luvizon: c / (W - 1)": lambda c, W: c / (W - 1),
         "posekit: (c + 1/2) / W": lambda c, W: (c + 0.5) / W}
truth = torch.linspace(16, 111, 96)  # a joint that walks across 128 pixels
walk = torch.stack([truth, torch.full_like(truth, 63.5)], 1)[None]  # (1, 96, 2)
bump = single_person.CODEC.encode(walk, torch.ones(1, 96))[0]  # (96, 32, 32)
across = bump.sum(1) / bump.sum((1, 2))[:, None]  # (96, 32): p, summed over y
errors = {}
for name, place in GRIDS.items():
    read = across @ place(torch.arange(32.0), 32) * 128 - 0.5  # fractions to pixels
    errors[name] = read - truth

# %%
fig, axes = plt.subplots(1, 2, figsize=(12, 3.8), layout="constrained")
for n, (name, mark, dash) in enumerate(zip(GRIDS, "v^o", ("--", "-.", "-"))):
    at = GRIDS[name](np.arange(4), 4) * 16 - 0.5  # four cells over 16 pixels
    axes[0].plot(at, np.full(4, -n), mark, ms=11, label=name, clip_on=False)
    axes[1].plot(truth, errors[name], dash, lw=2.5, label=name)
for edge in range(5):
    axes[0].axvline(4 * edge - 0.5, color="0.7", zorder=0)
axes[0].set(title="Where four cells sit", xlabel="x, pixels", yticks=[],
            ylim=(-2.6, 1.9))
axes[0].legend(loc="upper center", framealpha=1)
axes[1].set(title="The error they make", xlabel="true x, px", ylabel="error, px")
plots.show(fig, "Left: Ammar Khodja's grid marks the left edges of the cells, "
           "Luvizon's spreads them over the whole width, posekit's marks the middles. "
           "Right: the first is 2 pixels too far left everywhere, the second too far "
           "left and then too far right, posekit's is exact.")

# %% [markdown]
# The error in numbers, at three places:

# %% tags=["check"]
for name, error in errors.items():
    at = ", ".join(f"{error[k].item() + 0.0:+.2f}" for k in (0, 47, 95))
    print(f"{name:>22}: error at x = 16, 63, 111: {at} px".replace("-0.00", "+0.00"))

# %% [markdown]
# **See?** Half a cell, everywhere or growing to both sides. Trained *through* its own grid a
# network draws its bumps half a cell further and makes up for it, except at the border. What
# bites is to train with one grid and read with another: in section 8 you will see what that
# costs. Averaging over the mirror image (chapter 03) hides the first error, since it is to the
# left in both, and not the second.

# %% [markdown]
# ## 5 · Temperature (4 minutes)
#
# $T$ sets how much more the high cells count. The map below has a bump of height 1 at the right
# wrist and, as happens, a lower one at the left wrist. Move $T$ if you run this live.

# %%
wrists = torch.tensor([[[36.0, 84.0], [92.0, 60.0]]])  # the right one, and the left one
pair = single_person.CODEC.encode(wrists, torch.ones(1, 2))[0]
wrist = torch.maximum(pair[0], 0.75 * pair[1])  # (32, 32)


def read_at(ax, temperature):
    p = torch.softmax(wrist.flatten() / temperature, 0).view(32, 32)
    x, y = codec.soft_argmax(wrist, 4, temperature)
    ax.imshow(p, extent=(-0.5, 127.5, 127.5, -0.5), cmap="inferno", vmin=0)
    ax.plot(*wrists[0, 0], "wx", ms=12, mew=2.5)
    ax.plot(x, y, "o", ms=11, mfc="none", mec="#56B4E9", mew=3)
    ax.set(title=f"T = {temperature:g}: x = {x:.1f}", xlabel="x, pixels")


# %%
widgets.explore(
    read_at, "The probabilities at four temperatures: at 1 every cell has some, and "
    "the mean (circle) is at the image's centre; the colder, the nearer it is to the "
    "right wrist (cross), where it lies at 0.03.",
    static=[{"temperature": t} for t in (1, 0.2, 0.1, 0.03)],
    controls={"temperature": (0.02, 1.0, 0.01)}, width=3.2)

# %% [markdown]
# Hot, and every cell counts: the centre. Cold, and only the highest counts: argmax again, with
# its rounding to whole cells, and with no gradient. Look at 0.2 twice: the background seems to be
# 0, and still the answer is nearly the centre. A thousand cells of next to nothing have more than
# half of the probability. What about the ends of the scale, and maps that are broken?

# %% tags=["check"]
for temperature in (0, float("inf")):
    try:
        codec.soft_argmax(wrist, 4, temperature)
    except InputError as error:
        print(f"T = {temperature}: {error}")
odd = torch.stack([wrist, torch.full((32, 32), torch.nan), torch.zeros(32, 32)])
names, found = ("a map", "all NaN", "all equal"), codec.soft_argmax(odd, 4, 0.05)
for name, (x, y) in zip(names, found):
    print(f"{name:>9}: x = {x:.1f}, y = {y:.1f}")

# %% [markdown]
# A map with NaN has no place, and PCK counts it as a miss. A map that is flat gives *the centre*,
# which is a guess: soft-argmax cannot tell you that it does not know. (Visibility can, section
# 9.)

# %% [markdown]
# ## 6 · The pull to the centre (9 minutes)
#
# A map that was trained to be a bump of height 1 (chapter 03, MSE) has a floor of 0, and
# $e^0 = 1$: *every* one of the $n$ cells gets a share. Write
# $e^{h_i / T} = 1 + (e^{h_i / T} - 1)$: the first part is flat, its mean is the image's centre
# $c$; the second is a bump, its mean is the joint $x$. With $w$ the flat part's share of the sum,
#
# $$ \boxed{\; \hat x = (1 - w)\, x + w\, c \;} \qquad w = \frac{n}{\sum_i e^{h_i / T}} $$
#
# **Predict.** A clean bump of height 1, 1.5 cells wide, in 32 × 32 cells, $T = 1$: how much of
# the probability is floor? A tenth, a half, more?

# %%
fig, ax = plt.subplots(figsize=(8, 4.6), layout="constrained")
off = []
for T, mark in zip((1, 0.2, 0.1, 0.05), "os^v"):
    read = codec.soft_argmax(bump, 4, T)[:, 0]  # (96,) the joint that walks
    w = 1024 / torch.exp(bump / T).sum((1, 2))  # (96,) the floor's share
    derived = (1 - w) * truth + w * 63.5
    off.append((T, w.mean().item(), (read - derived).abs().max().item()))
    label = f"T = {T}: w = {w[0]:.0%}"
    (dots,) = ax.plot(truth[::8], read[::8], mark, ms=8, label=label)
    ax.plot(truth, derived, color=dots.get_color())
ax.set(xlabel="true x, pixels", ylabel="x read off, pixels",
       title="Read (marks) and derived (lines)")
ax.legend()
plots.show(fig, "x read off against true x for four temperatures: at T = 1 a flat line "
           "at the centre, at 0.05 the diagonal; the marks lie on the lines derived.")

# %% tags=["check"]
for T, w, difference in off:
    print(f"T = {T:>4}: the floor has {w:6.1%} of the probability; "
          f"read and derived differ by up to {difference:.1f} px")

# %% [markdown]
# At $T = 1$ nearly everything is floor, and each answer is the image's centre. This is the
# complaint that soft-argmax code gets most often: a map that was *not* trained through it is read
# by it.
#
# Four remedies. **Colder**: $w$ falls exponentially. **Learn the sharpness** $1/T$ from examples;
# a network that is trained through soft-argmax has it for free, in the scale of its last layer.
# **A window** around the highest cell keeps the far floor out. **Take the floor away**: subtract
# the least probability (exercise 4). Which one holds on maps with noise?

# %%
def window(maps, radius=3):
    """The maps, minus infinity further than that from their highest cell."""
    peak, cells = maps.flatten(-2).argmax(-1)[..., None], torch.arange(maps.shape[-1])
    down = (cells - peak // maps.shape[-1]).abs() > radius
    along = (cells - peak % maps.shape[-1]).abs() > radius
    return maps.masked_fill(down[..., None] | along[..., None, :], -torch.inf)


def no_floor(maps, temperature):
    """The place under each map without its floor; softmax(log q) is q over its sum."""
    p = heatmaps.probabilities(maps / temperature)
    rest = p - p.amin((-1, -2), keepdim=True)
    return codec.soft_argmax(rest.log(), heatmaps.STRIDE)


# %%
draw = torch.Generator().manual_seed(SEED)
true = torch.rand(1, 300, 2, generator=draw) * 95 + 16  # 300 joints, pixels
clean = single_person.CODEC.encode(true, torch.ones(1, 300))  # (1, 300, 32, 32)
NOISE = (0, 0.02, 0.1)
noisy = [clean + level * torch.randn(clean.shape, generator=draw) for level in NOISE]

sharpness = torch.tensor(0.0, requires_grad=True)  # its logarithm: it stays positive
adam = torch.optim.Adam([sharpness], lr=0.1)
for _ in range(60):
    read = codec.soft_argmax(noisy[1][:, :100] * sharpness.exp(), 4)
    loss = losses.l1(read, true[:, :100], torch.ones(1, 100))
    adam.zero_grad(), loss.backward(), adam.step()
learnt = 1 / sharpness.exp().item()

# %% [markdown]
# Eight ways to read a map, two of them from chapter 03, on 200 joints at three levels of noise:

# %%
soft, decode = partial(codec.soft_argmax, stride=4), single_person.CODEC.decode
READERS = {
    "T = 1": soft,
    "colder: T = 0.1": partial(soft, temperature=0.1),
    "colder: T = 0.02": partial(soft, temperature=0.02),
    f"learnt: T = {learnt:.2f}": partial(soft, temperature=learnt),
    "7 × 7 window, T = 0.2": lambda maps: soft(window(maps), temperature=0.2),
    "floor out, T = 0.2": partial(no_floor, temperature=0.2),
    "highest cell": lambda maps: torch.tensor(decode(maps, "argmax").keypoints),
    "fit (chapter 03)": lambda maps: torch.tensor(decode(maps).keypoints)}
table = {}
for name, read in READERS.items():
    wrong = [(read(maps) - true).norm(dim=-1)[:, 100:] for maps in noisy]  # (1, 200)
    table[name] = [error.mean().item() for error in wrong]

# %%
print("mean error, px, noise of" + "".join(f"{level:>9}" for level in NOISE))
for name, row in table.items():
    print(f"{name:<24}" + "".join(f"{error:9.2f}" for error in row))
fig, ax = plt.subplots(figsize=(8.5, 4), layout="constrained")
for level, column, mark in zip(NOISE, zip(*table.values()), "o^s"):
    ax.plot(np.maximum(column, 0.01), range(len(table)), mark, ms=10, alpha=0.85,
            label=f"noise {level}")
ax.set(yticks=range(len(table)), yticklabels=list(table), xscale="log",
       xlabel="mean error, pixels; a cell is 4 (0.01: or less)")
ax.invert_yaxis(), ax.grid(axis="x", alpha=0.4), ax.legend()
plots.show(fig, "Mean error of eight ways to read 200 maps at three levels of noise: "
           "T = 1 is worst by far; the window and the fit are good at every level.")

# %% [markdown]
# Two of these figures, which the text comes back to:

# %% tags=["key"]
print(f"pull to the centre at T = 1, px: {table['T = 1'][0]:.1f}")
print(f"window of 7 × 7 cells, noise 0.1, px: {table['7 × 7 window, T = 0.2'][2]:.2f}")

# %% [markdown]
# **Explain.** On a clean map the floor comes out wholly. On a noisy one the *least* value is no
# longer the floor, and what is left over still pulls. Colder is simple and leaves a choice
# between two errors, the pull and the rounding to whole cells (as at $T = 0.02$): even the
# temperature that was learnt for the purpose is 0.8 px off on clean maps. A window in which the map is
# read warm has little of both. It has no gradient outside, so it is for reading, not for training.

# %% [markdown]
# ## 7 · A loss on coordinates (3 minutes)
#
# Now that the coordinate has a gradient, which loss on its error $e$? Ammar Khodja and Luvizon have the **elastic
# net**, $|e| + e^2$ for each coordinate, here for $N_J$ joints at the places $p_n$, predicted at
# $\hat p_n$:
#
# $$ L_p = \frac{1}{N_J} \sum_{n=1}^{N_J} \left( \lVert \hat p_n - p_n \rVert_1
# + \lVert \hat p_n - p_n \rVert_2^2 \right) $$

# %%
e = torch.linspace(-1.5, 1.5, 301).requires_grad_()
shapes = {"L1: |e|": e.abs(), "L2: e²": e.square(),
          "elastic: |e| + e²": e.abs() + e.square()}
fig, axes = plt.subplots(1, 2, figsize=(11, 3.7), layout="constrained")
for (name, loss), line in zip(shapes.items(), ("--", "-.", "-")):
    (slope,) = torch.autograd.grad(loss.sum(), e)
    axes[0].plot(e.detach(), loss.detach(), line, lw=2.5, label=name)
    axes[1].plot(e.detach(), slope, line, lw=2.5, label=name)
axes[0].set(xlabel="error e", ylabel="loss", title="Three losses")
axes[1].set(xlabel="error e", ylabel="slope", title="How hard each pulls")
axes[0].legend()
plots.show(fig, "Three losses and their slopes: L1's is 1 or -1, L2's falls to 0 at "
           "the target, the elastic net's jumps by 2 there and also grows.")

# %% [markdown]
# L2 pulls less and less near the target; L1 pulls equally hard at every distance. The elastic net is
# their sum: near the target it pulls as L1 does, and far away as L2 does. **In which unit?** The two
# parts pull alike at $|e| = \frac12$. In fractions of the image, as theirs are, an error is seldom over 0.1, so $|e|$ does nearly everything. In pixels
# the square does. posekit takes cells, where half a unit is a usual error.

# %% [markdown]
# ## 8 · One network, four trainings (11 minutes)
#
# The same network, people, order and number of epochs; only what the loss looks at differs.
#
# - **MSE**: the map shall be a bump (chapter 03), read by the fit.
# - **Cross entropy**: softmax of the map shall be a bump, read by the fit.
# - **Coordinates**: the elastic net of what soft-argmax gives. The shape of the map is left free.
# - **Coordinates + JS**: that, and the *Jensen–Shannon* divergence between $p$, the softmax of the map,
#   and a bump $q$ that sums to 1, which sets the shape. With
#   $\mathrm{KL}(a \Vert b) = \sum_i a_i \ln (a_i / b_i)$,
#
# $$ \mathrm{JS}(p, q) = \tfrac12 \mathrm{KL}\big(p \,\big\Vert\, \tfrac{p + q}2\big)
# + \tfrac12 \mathrm{KL}\big(q \,\big\Vert\, \tfrac{p + q}2\big), \qquad 0 \le \mathrm{JS} \le \ln 2. $$
#
# Its weight is 8 here: errors in cells, on 16 cells, are 8 times those in the unit from −1 to 1
# of the paper it comes from, whose weight is 1. **Predict** the order of the four.

# %%
easy = partial(synthetic.People, size=128, difficulty="easy")
crops = cache_crops(easy(SEED, PEOPLE), 64, progress=False)
held_out = cache_crops(easy(SEED + 1, VAL), 64, progress=False)
small = GaussianHeatmaps((64, 64), heatmaps.STRIDE, sigma=1.0)  # maps of 16 × 16 cells
mean = evaluation.mean_pose(crops)
truths, labels = crop_labels(held_out)  # (N, 14, 2), (N, 14)
print(f"{len(crops)} people to learn from, {len(held_out)} held out")

# %%
def of_places(model, batch, js=0.0):
    """The elastic net in cells, and the shape of the maps with some weight."""
    maps = model(batch.images)
    places = codec.soft_argmax(maps, heatmaps.STRIDE) / heatmaps.STRIDE
    loss = losses.elastic_net(places, batch.keypoints / heatmaps.STRIDE, batch.visible)
    loss = loss + js * losses.jensen_shannon(maps, batch.targets, batch.visible)
    return loss, (batch.visible > 0).sum()

# %% [markdown]
# Each training has a loss, and a way to read its maps:

# %%
def fitted(maps):
    """Keypoints by chapter 03's fit; the middle where a map is equal everywhere."""
    return torch.from_numpy(small.decode(maps).keypoints).nan_to_num(31.5)


by_fit = partial(heatmaps.decode_heatmaps, sigma=1.0)  # the same after a softmax
by_mean = codec.decode_soft_argmax  # soft-argmax at stride 4, T = 1
METHODS = {  # the loss, and what reads the maps
    "MSE": (partial(single_person.heatmap_loss, penalty=losses.heatmap_mse), fitted),
    "cross entropy": (single_person.heatmap_loss, by_fit),
    "coordinates": (of_places, by_mean),
    "coordinates + JS": (partial(of_places, js=8.0), by_mean)}

# %%
nets, histories = {}, {}
for name, (loss, decode) in METHODS.items():
    recipe = replace(
        tasks.get("heatmap"), loss=loss, encode=small.encode, decode=decode, size=64,
        model=partial(HeatmapNet, widths=(16, 24, 32, 48, 64)), batch_size=16,
        augment=Augment(rotation=0, scale=0, shift=0, flip=0.5, colour=0),
        settings={"lr": 3e-3, "grad_clip": 1000.0})
    nets[name] = tasks.build(recipe, crops, SEED)
    folder = Path("runs", "04", name) if PROFILE == "full" else None
    history = tasks.fit_recipe(recipe, nets[name], crops, held_out, epochs=EPOCHS,
                            seed=SEED, folder=folder, resume=True)
    histories[name], column = history, history.column("loss")
    print(f"{name:<17} loss {column[0]:6.2f} -> {column[-1]:5.2f}")

# %% [markdown]
# How the four learn:

# %%
fig, ax = plt.subplots(figsize=(8, 4), layout="constrained")
for (name, history), line in zip(histories.items(), (":^", "-s", "--o", "-.v")):
    ax.plot(history.column("epoch"), history.column("pck"), line, lw=2.5, label=name)
ax.set(xlabel="epoch", ylabel="PCK, %", ylim=(0, 100), title="People held out")
ax.legend()
plots.show(fig, "PCK of the people held out by epoch: cross entropy rises fastest, "
           "then coordinates with JS, then coordinates alone; MSE stays at the bottom.")

# %% [markdown]
# Now each network is read in its own way, by the fit, and by soft-argmax:

# %%
def measured(guess):
    """PCK, %, and the median error in pixels."""
    error = np.linalg.norm(guess - truths, axis=-1)[labels > 0]
    return evaluation.scores(guess, truths, labels, "lsp14")["pck"], np.median(error)


blind = np.broadcast_to(mean * 64 - 0.5, truths.shape)
results = {}
for name, (_, own) in METHODS.items():
    fit = fitted if own is fitted else by_fit
    for how, decode in [("own", own), ("fit", fit), ("mean", by_mean)]:
        guess = inference.predict(nets[name], held_out, decode)  # (N, 14, 2)
        results[name, how] = measured(guess)

# %%
print(f"{'':<18}{'PCK, %':>8}{'median, px':>12}   PCK by fit   PCK by soft-argmax")
pck, median = measured(blind)
print(f"{'mean pose':<18}{pck:8.1f}{median:12.2f}")
for name in METHODS:
    pck, median = results[name, "own"]
    print(f"{name:<18}{pck:8.1f}{median:12.2f}{results[name, 'fit'][0]:13.1f}"
          f"{results[name, 'mean'][0]:21.1f}")

# %% [markdown]
# The first column once more, and what must hold whenever this notebook is run:

# %% tags=["key"]
for name in METHODS:
    print(f"PCK of {EPOCHS} epochs in class, {name}, %: {results[name, 'own'][0]:.0f}")

# %% tags=["check"]
enough = PROFILE != "smoke"  # one epoch on 32 people teaches nothing
for name in ("cross entropy", "coordinates", "coordinates + JS"):
    better = bool(results[name, "own"][0] > measured(blind)[0] + 10)
    print(f"{name}: 10 points of PCK above the mean pose:",
          better if enough else "not asked")

# %% [markdown]
# **What came out.** On this budget cross entropy is best, coordinates alone are 28 points behind,
# and JS wins 17 of them back. Why? Cross entropy tells *every* cell of a map what to be, from
# the first step on. A coordinate is one number a joint and axis, and its gradient,
# $p_i (x_i - \hat x)$, asks a flat map to tilt, long before it asks for a bump. MSE is still near
# the map of all zeros, which has the loss $\pi \sigma^2 = 3.14$ (chapter 03, section 6).
#
# <details><summary>For the curious: was it a fair race?</summary>
#
# The learning rate does not explain it: coordinates alone come to 49 % with
# 10⁻³, to 56 % with 3 · 10⁻³, to 58 % with 6 · 10⁻³. JS with a weight of 1 in place of 8 gains 3
# points only. Given time, the order stays and the distances shrink: after 30 epochs, on the same
# people, 95 % by cross entropy, 94 % by coordinates + JS, 90 % by coordinates alone, 35 % by MSE. So
# coordinates are no bad teacher, but a slow one, which is why the network of section 1 learnt
# maps first. Squared error needs more than this: with a wider bump and a higher learning rate it comes
# to 80 % on chapter 03's network, in 40 epochs.
#
# </details>
#
# Read the last two columns too. A network that was trained by cross entropy loses 10 points when
# it is read by soft-argmax: nobody asked its far cells to balance. And the maps of the network
# with coordinates alone cannot be read by their peak at all. Look at them: where do they put
# their bumps?

# %%
who, names = 0, ("head_top", "right_wrist", "left_elbow", "left_ankle")
columns = [skeletons.get("lsp14").joints.index(name) for name in names]
one = CropDataset(held_out).batch([who])


def with_map(ax, k, p, middle):
    """A joint's probabilities over the person, its true place and what is read off."""
    plots.heatmap_overlay(ax, fill_edges(held_out.inputs()[who]), p[k], 4)
    ax.plot(*truths[who, k], "x", color="#56B4E9", ms=10, mew=3)
    ax.plot(*middle[k], "o", ms=11, mfc="none", mec="white", mew=2)


# %%
fig, axes = plt.subplots(3, 4, figsize=(10, 7.9), layout="constrained")
rows = list(METHODS)[1:]
for line, name in zip(axes, rows):
    with torch.no_grad():
        raw = nets[name].eval()(one.images)  # (1, 14, 16, 16)
    for ax, k, joint in zip(line, columns, names):
        with_map(ax, k, heatmaps.probabilities(raw)[0], by_mean(raw)[0])
        ax.set_title(joint.replace("_", " ") if name == rows[0] else "")
    line[0].text(-6, 32, name, rotation=90, va="center", ha="right")
plots.show(fig, "Maps of four joints of one person. Cross entropy: compact bumps. "
           "Coordinates alone: patches far from the joint, their mean near it. With "
           "JS: compact bumps.")

# %% [markdown]
# How wide are the maps? Here is their standard deviation along x, in cells:

# %% tags=["key"]
sample = CropDataset(held_out).batch(range(len(held_out)))
for name in ("cross entropy", "coordinates", "coordinates + JS"):
    with torch.no_grad():
        p = heatmaps.probabilities(nets[name](sample.images))  # (N, 14, 16, 16)
    at, across = torch.arange(16.0), p.sum(-2)  # (N, 14, 16): along x
    middle = (across @ at)[..., None]
    spread = (across * (at - middle) ** 2).sum(-1).sqrt().mean()
    print(f"width of a map along x, {name}, cells: {spread:.2f}")

# %% [markdown]
# **See?** (The cross is the truth, the circle the mean.) With coordinates alone any map will do
# whose *mean* is right, and the network finds what is easiest: weight at the border, which is a
# long lever, and some on the other side to balance it. The wrist's map need not be near the
# wrist. Such a map cannot be read by its highest cell, and does not tell how sure it is. The
# JS term costs nothing at run time and puts one bump where the joint is.
#
# How much of it is needed? Below, one free map, which begins as noise, learns one coordinate by the
# same loss. **Try** a small weight first: at which one does the map become a single bump?

# %%
here, labelled = torch.tensor([[[45.0, 21.0]]]), torch.ones(1, 1)
task = SimpleNamespace(images=None, keypoints=here, visible=labelled,
                       targets=small.encode(here, labelled))


def learnt_map(js):  # (1, 1, 16, 16)
    start = torch.Generator().manual_seed(SEED)
    free = torch.randn(1, 1, 16, 16, generator=start).requires_grad_()
    adam = torch.optim.Adam([free], lr=0.1)
    for _ in range(150):
        loss, _ = of_places(lambda images: free, task, js)
        adam.zero_grad(), loss.backward(), adam.step()
    return free.detach()


# %%
def free_map(ax, js):
    raw = learnt_map(js)
    ax.imshow(heatmaps.probabilities(raw)[0, 0], cmap="inferno",
              extent=(-0.5, 63.5, 63.5, -0.5))
    ax.plot(45, 21, "x", color="#56B4E9", ms=12, mew=3)
    ax.plot(*by_mean(raw)[0, 0], "o", ms=14, mfc="none", mec="white", mew=3)
    ax.set(title=f"weight of JS: {js:g}", xlabel="x, pixels", ylabel="y, pixels")


widgets.explore(
    free_map, "A map that learnt one coordinate with four weights of JS: the mean is "
    "right in each; without JS the map is spread out, with a large weight a bump.",
    static=[{"js": weight} for weight in (0, 0.2, 1, 8)],
    controls={"js": (0.0, 10.0, 0.1)}, width=3.2)

# %% [markdown]
# And the grid of section 4? The coordinates of the last network, read by the other grids:

# %%
own = inference.predict(nets["coordinates + JS"], held_out, by_mean)  # (N, 14, 2)
columns = geometry.pixel_to_cell(own, heatmaps.STRIDE)  # in cells: 16 of them
for name, place in GRIDS.items():
    print(f"{name:>22}: PCK {measured(place(columns, 16) * 64 - 0.5)[0]:5.1f} %")

# %% [markdown]
# Half a cell is 2 pixels here, against a threshold of about 3: nearly half of the PCK is gone,
# and no loss curve shows it.
#
# ## 9 · Is it seen? (7 minutes)
#
# From Ammar Khodja's slides: *the joint visibility is computed by the sigmoid function on the maximum value in
# the corresponding heat map*. It can be trained along, by binary cross entropy with *visible or not*,
# because soft-argmax does not use the level of a map (section 3): the mean is free of it, and the
# sigmoid of the maximum is all about it.

# %% tags=["check"]
level = maps[:1] + 3.0
same = (codec.soft_argmax(level, 4) - codec.soft_argmax(maps[:1], 4)).abs().max() < 1e-2
print("all cells raised by 3: the coordinates are the same:", bool(same))
grown = (codec.confidence(level) > codec.confidence(maps[:1])).all()
print("                       the visibility has grown:", bool(grown))

# %% [markdown]
# Does it work? The people of section 1 again: joints that can be seen against joints that are
# labelled but hidden, behind the body or behind a thing.

# %%
flags = batch.visible.numpy()  # (N, 14): 1 hidden, 2 visible
said, is_seen = seen[flags > 0], flags[flags > 0] == 2
edges = np.linspace(0, 1, 101)
true_rate = [(said[is_seen] >= t).mean() for t in edges]
false_rate = [(said[~is_seen] >= t).mean() for t in edges]
pairs = said[is_seen][:, None] - said[~is_seen]  # every seen with every hidden joint
area = ((pairs > 0) + 0.5 * (pairs == 0)).mean()
bins = np.clip((said * 6).astype(int), 0, 5)
filled = [b for b in range(6) if (bins == b).sum() >= 10]  # fewer say nothing

# %%
def heaps(ax):
    """What is predicted for the visible joints, and what for the hidden ones."""
    for who, name, style in [(is_seen, "visible", "-"), (~is_seen, "hidden", "--")]:
        ax.hist(said[who], edges[::5], density=True, histtype="step", lw=2.5,
                label=name, linestyle=style)
    ax.set(title="What it predicts", xlabel="predicted visibility", ylabel="density")
    ax.legend()

# %% [markdown]
# Three figures: how the predictions are spread, the ROC curve, and the reliability:

# %%
fig, axes = plt.subplots(1, 3, figsize=(13, 3.9), layout="constrained")
heaps(axes[0])
axes[1].plot(false_rate, true_rate, lw=2.5)
axes[2].plot([said[bins == b].mean() for b in filled],
             [is_seen[bins == b].mean() for b in filled], "-o", lw=2.5, ms=8)
axes[1].set(title=f"ROC, area {area:.2f}", xlabel="hidden called visible",
            ylabel="visible called visible")
axes[2].set(title="Reliability", xlabel="predicted visibility", ylabel="share visible")
for ax in axes[1:]:
    ax.plot([0, 1], [0, 1], ":", color="0.5")
plots.show(fig, "Visibility predicted for visible and hidden joints; the ROC curve "
           "above the diagonal; the share visible grows with it.")

# %% tags=["key"]
print(f"hidden joints among the labelled, %: {100 * (~is_seen).mean():.0f}")
print(f"area under the ROC curve, visible against hidden: {area:.2f}")
called = said < 0.5  # that are called hidden
print(f"of the joints called hidden, %: {100 * is_seen[called].mean():.0f} are visible")
print(f"of the hidden joints, %: {100 * called[~is_seen].mean():.0f} are called hidden")

# %% [markdown]
# The ROC curve tells how well *some* threshold separates the two (area 0.5: not at all, 1:
# wholly); the reliability curve whether 0.8 means 80 %. Much is separated, and yet most hidden
# joints are called visible: four in five joints *are* visible, so a network that is not sure answers
# *visible*. (Few joints lie at the left end of that curve.) The last two lines tell how many of those
# that it calls hidden can in fact be seen, and how many of the hidden ones it finds. What else does the
# visibility tell?

# %% tags=["key"]
off = np.linalg.norm(points - batch.keypoints.numpy(), axis=-1)[flags > 0]  # pixels
for low, high in [(0, 0.5), (0.5, 0.9), (0.9, 1)]:
    chosen = (said >= low) & (said <= high)
    print(f"median error where the predicted visibility is {low} to {high}, px: "
          f"{np.median(off[chosen]):.1f}")

# %% [markdown]
# Nobody asked for that: a peak that is low because the joint is hidden is also in a less certain
# place. Now one person with an arm that cannot be seen.

# %%
joints = skeletons.get("lsp14").joints
arms = [[joints.index(f"{side}_{part}") for part in ("elbow", "wrist")]
        for side in ("left", "right")]
hidden = np.stack([(flags[:, arm] == 1).all(1) for arm in arms], 1)  # (N, 2)
who = int(np.argmax(hidden.any(1) & (flags > 0).all(1)))  # the first such person

# %%
fig, axes = plt.subplots(1, 3, figsize=(12, 4.3), layout="constrained")
for ax, pose, state, title in [
        (axes[0], batch.keypoints[who], flags[who], "Truth; hidden joints are empty"),
        (axes[1], points[who], 1 + (seen[who] > 0.5), "The network's prediction")]:
    ax.imshow(fill_edges(val.inputs()[who]))
    plots.show_pose(ax, pose, state, "lsp14", marker=8)
    ax.set(title=title), ax.set_axis_off()
colours = [SKY if flag == 2 else ORANGE for flag in flags[who]]
axes[2].barh([name.replace("_", " ") for name in joints], seen[who], color=colours)
axes[2].axvline(0.5, color="0.5"), axes[2].invert_yaxis()
axes[2].set(title="Truth: orange is hidden", xlabel="predicted visibility",
            xlim=(0, 1))
plots.show(fig, "One person with a hidden arm: the truth, the network's answer with "
           "empty circles where it predicts hidden, and its visibility of each joint.")

# %% [markdown]
# ## 10 · Depth: maps become volumes (9 minutes)
#
# One more axis: the network predicts one *volume* per joint, 16 cells deep and 125 mm a cell, from
# one metre in front of the hips to one metre behind. The formula stays:
#
# $$ (\hat x, \hat y, \hat z) = \sum_{d, l, c} p_{d, l, c}\; (x_c,\, y_l,\, z_d), \qquad
# \hat z = \sum_d z_d \sum_{l, c} p_{d, l, c}. $$
#
# Here $d$, $l$ and $c$ count the cells in depth, down and across. The second form sums the others out
# first: what is left is the *marginal* of one axis. Summing
# out $z$ leaves a map, whose soft-argmax is $x$ and $y$. All other things stay too: the gradient,
# the pull to the centre, the grid.

# %% tags=["check"]
draw = torch.Generator().manual_seed(SEED)
volume = torch.randn(3, 16, 32, 32, generator=draw)  # three joints
space = codec.soft_argmax_3d(volume, strides=(4, 4, 125))  # (3, 3): px, px, mm
flat = torch.logsumexp(volume, 1)  # softmax of it is the volume's, summed over z
print("x and y are those of the marginal map:",
      torch.allclose(space[:, :2], codec.soft_argmax(flat, 4), atol=1e-3))
print(f"17 maps: {17 * 32 * 32:,} numbers; 17 volumes: {17 * 16 * 32 * 32:,} numbers")

# %% [markdown]
# A network of such volumes comes with posekit. Here is one joint of one person:

# %%
deep, about = checkpoints.load_pretrained("volumetric")
people = synthetic.People(SEED + 400, VAL, 256, "h36m17")
bodies = cache_crops(people, 128, depth=True, progress=False)
first = CropDataset(bodies).batch(range(4))
with torch.no_grad():
    volumes = deep(first.images)  # (4, 17, 16, 32, 32)
print("images", tuple(first.images.shape), "-> volumes", tuple(volumes.shape))

# %%
who, joint = 0, skeletons.get("h36m17").joints.index("right_wrist")
p = torch.softmax(volumes[who, joint].flatten(), 0).view(16, 32, 32)  # z, y, x
metres = (np.arange(16) + 0.5) / 16 * 2 - 1  # of each cell behind the hips


def cloud(ax):
    """The cells of the volume that hold something, in space."""
    z, y, x = np.nonzero(p.numpy() > 0.02 * p.max().item())
    ax.scatter(x * 4 + 1.5, metres[z], -(y * 4 + 1.5), c=p[z, y, x], cmap="inferno_r",
               s=10 + 300 * p[z, y, x])
    ax.set(title="The volume", xlabel="x, px", ylabel="z, m", xticks=[0, 127],
           yticks=[-1, 1], zticks=[], xlim=(0, 127), ylim=(-1, 1), zlim=(-127, 0))

# %% [markdown]
# Its volume in four views: over the image, in space, from above, and along the depth alone:

# %%
fig = plt.figure(figsize=(13, 3.9), layout="constrained")
axes = [fig.add_subplot(1, 4, n, projection="3d" if n == 2 else None)
        for n in range(1, 5)]
plots.heatmap_overlay(axes[0], fill_edges(bodies.inputs()[who]), p.sum(0), 4)
cloud(axes[1])
axes[2].imshow(p.sum(1), extent=(-0.5, 127.5, -1, 1), origin="lower", aspect="auto",
               cmap="inferno")
axes[3].barh(metres, p.sum((1, 2)), height=0.11)
axes[3].axhline(first.depths[who, joint], color=ORANGE, ls="--")
axes[0].set_title("Right wrist: x and y")
axes[2].set(title="From above: x and z", xlabel="x, pixels", ylabel="z, m")
axes[3].set(title="z; truth dashed", xlabel="probability", ylim=(-1, 1))
plots.show(fig, "A wrist's volume: its map over the image, its cells in space, the "
           "volume seen from above, and the depth alone with the true depth.")

# %% [markdown]
# **See?** x and y are one bump, z is not: two cells hold nearly everything, those between them are
# empty, and the mean, which lies there, is about right. The loss of this network has a JS term for the map, and none for the depth. So
# here is section 8 once more, along one axis: where nobody asks for a shape, none comes.
#
# The volume once more, slice by slice. **Try** to go from one full slice to the other: does the bump
# move from the one to the other, or does it vanish and come back?

# %%
body, heights = fill_edges(bodies.inputs()[who]), (p / p.max()).numpy()  # (16, 32, 32)
held = p.sum((1, 2))  # (16,) the probability of each slice


def one_slice(ax, cell):
    """One slice of the wrist's volume over the image; bright: much probability."""
    ax.imshow(body)
    ax.imshow(heights[cell], extent=(-0.5, 127.5, 127.5, -0.5), cmap="inferno", vmin=0,
              vmax=1, alpha=0.9 * heights[cell])
    ax.set_title(f"z = {metres[cell]:+.2f} m\n{held[cell]:.0%}")
    ax.set_axis_off()


# %%
low, high = sorted(held.topk(2).indices.tolist())
shown = np.linspace(low, high, 4).astype(int).tolist()
widgets.explore(
    one_slice, "Four slices of the wrist's volume over the image, one behind the "
    "other, with the share of the probability that each holds.",
    static=[{"cell": cell} for cell in shown],
    controls={"cell": (0, 15, 1)}, width=3, aspect=1.15)

# %% [markdown]
# Now whole bodies. The network predicts pixels and a depth behind the hips; the camera makes metres
# of them (exercise 5). How far away the *hips* are, one image does not tell: a child near by
# and a grown-up far away look alike. So their distance is given, as in the papers.
#
# **MPJPE** (*mean per joint position error*) is the mean distance between predicted and true joints in
# space, after both bodies were moved so that their hips are at one place. *PA* is the same after the
# predicted body was also turned and scaled to fit best (*Procrustes alignment*); the constant is a
# single point, which has no such fit. *Of seen* is the PCK of the visible joints.

# %%
found = evaluation.report(deep, bodies, about["mean_pose"], codec.decode_volumes)
print(evaluation.table(found))

# %% tags=["key"]
for who in ("constant", "mean_pose", "model"):
    error = found[who]["mpjpe_mm"]
    print(f"MPJPE about the hips, {who.replace('_', ' ')}, mm: {error:.0f}")

# %% [markdown]
# Three bodies in space, from the camera and from the left, beside the truth:

# %%
guess = inference.predict(deep, bodies, codec.decode_volumes)  # (N, 17, 3)
in_space = inference.unproject_poses(guess, bodies)  # (N, 17, 3) metres, from px, px, m


def turned(place, pose, angle, title, along):
    """One person in space from the camera (-90) or the left (180); no axis along."""
    ax = fig.add_subplot(3, 4, place, projection="3d", proj_type="ortho")
    plots.pose_3d(ax, pose - pose[0], None, "h36m17")
    ax.view_init(elev=0, azim=angle)
    ax.set_box_aspect((1, 1, 1), zoom=1.1)
    ax.set(title=title, **{f"{axis}lim": (-1, 1) for axis in "xyz"})
    ax.set(**{f"{along}ticks": [], f"{along}label": ""})


# %%
fig = plt.figure(figsize=(13, 10), layout="constrained")
for line in range(3):
    ax = fig.add_subplot(3, 4, 4 * line + 1)
    ax.imshow(fill_edges(bodies.inputs()[line]))
    plots.show_pose(ax, guess[line, :, :2], None, "h36m17", width=2.5, marker=4)
    ax.set_axis_off()
    names = ("from the camera", "from the left", "truth, from the left")
    titles = names if line == 0 else ("", "", "")
    turned(4 * line + 2, in_space[line], -90, titles[0], "y")
    turned(4 * line + 3, in_space[line], 180, titles[1], "x")
    turned(4 * line + 4, bodies.keypoints_3d[line], 180, titles[2], "x")
plots.show(fig, "Three people: the image with the pose, the pose in space from the "
           "camera and from the left, and the true pose from the left.", dpi=75)

# %% [markdown]
# From the camera all three look right, and there a wrong depth cannot be seen: only the view from
# the side tells. Look at the arms of the second person. All 17 joints count in MPJPE, hidden ones
# too; it is less than half of what the mean pose has, which never looks, and about 13 cm.

# %% [markdown]
# ## 11 · On photographs (3 minutes)
#
# Here the course's networks look at other images: with `DATASET = "lsp"` photographs of *Leeds
# Sports Poses*, images 801–1000. `posekit data get lsp` fetches them from their owners' site or
# from your lab's mirror (`POSEKIT_MIRROR`). Without them, people of the seven photographs that
# come with posekit take their place: to be looked at, since seven photographs give no figure.

# %%
reader = (catalog.load("lsp", "val") if DATASET == "lsp"
          else catalog.load("photos", skeleton="lsp14"))
shown = [reader[i] for i in range(min(VAL, len(reader)))]
others = cache_crops(shown, 128, progress=False)
guesses, answer = {}, crop_labels(others)
for name in ("heatmap", "soft_argmax", "heatmap_photos"):
    network, about = checkpoints.load_pretrained(name)
    own = cache_crops(shown, about["size"], progress=False)  # 128 pixels, the last 192
    for how, decode in [("the fit", heatmaps.decode_heatmaps),
                        ("soft-argmax", by_mean)]:
        guess = inference.predict(network, own, decode)
        guesses[name, how] = (guess + 0.5) * 128 / about["size"] - 0.5

# %%
for (name, how), guess in guesses.items() if DATASET == "lsp" else ():
    row = evaluation.scores(guess, *answer, "lsp14")
    print(f"{name:>14}, read by {how:<11}: PCK {row['pck']:4.1f} %, "
          f"MSE {row['mse']:5.1f} px²")

# %% [markdown]
# Six people, as two of the networks see them:

# %%
fig, axes = plt.subplots(2, 6, figsize=(13, 4.9), layout="constrained")
two = [("soft_argmax", "soft-argmax"), ("heatmap_photos", "the fit")]
complete = np.argsort(-(answer[1] > 0).sum(1), kind="stable")[:6]  # most labelled
for line, who in zip(axes, two):
    for i, ax in zip(complete, line):
        ax.imshow(fill_edges(others.inputs()[i]))
        plots.show_pose(ax, guesses[who][i], None, "lsp14", width=2.5, marker=4)
        ax.set(title=who[0] if i == complete[0] else ""), ax.set_axis_off()
plots.show(fig, "Six people, above with the poses of the network that learnt from "
           "rendered people, below with those of the one that learnt from photographs.")

# %% [markdown]
# (The seven photographs are from Flickr, CC BY 2.0; `DATA.md` names each of them.)
#
# <details><summary>For the curious: the three networks on 200 photographs of LSP</summary>
#
# LSP's images 801–1000, boxes of the true joints, one look each.
#
# | network | read by the fit | read by soft-argmax |
# |---|---|---|
# | `heatmap`: rendered people, maps | PCK **54.3 %**, MSE 262.8 px² | PCK 45.9 %, MSE **203.7 px²** |
# | `soft_argmax`: then coordinates | PCK 52.1 %, MSE 273.9 px² | PCK 46.1 %, MSE 210.6 px² |
# | `heatmap_photos`: ImageNet, then photographs | PCK **80.8 %**, MSE 87.6 px² | PCK 74.0 %, MSE **66.9 px²** |
# | mean pose of the rendered people | PCK 11.6 %, MSE 269.9 px² | |
#
# (The lines above with `DATASET = "lsp"` and all 200 people; CPU, 2026-11-29. `heatmap_photos` sees
# crops of 192 × 192 pixels; its errors are given in pixels of 128 × 128, as the others' are. It learnt
# from LSP's images 1–800 and from LSP extended, and its epoch was chosen on these 200, which flatters
# it a little. Its card, written at the end of the training, has 80.6 %: a few of 2,800 joints less.)
#
# </details>
#
# On the photographs the *same maps* are better by PCK when they are read at their peak, and better by
# MSE when they are read at their mean: `heatmap_photos` has a PCK of 80.8 % by the fit and 74.0 % by
# soft-argmax, and an MSE of 87.6 px² and 66.9 px². Where a map has two
# peaks, the highest cell is one of them, and the mean lies between. Quiz question 1 is this in small.

# %% [markdown]
# ## 12 · Your turn
#
# Five exercises, the last one hard, and an experiment. Write your answer in place of `raise NotImplementedError` and
# run the cell; `hint()` gives one hint at a time, `solution()` shows ours.

# %%
ex = exercises.chapter("04_soft_argmax")

# %% [markdown]
# ### Exercise 1: soft-argmax
#
# The mean place under each map, in pixels: a softmax over all cells of a map, and cell $i$ at
# pixel $(i + \frac12)\, s - \frac12$. Values may be in the thousands. NumPy.

# %%
def soft_argmax(maps, stride, temperature):
    """(n, h, w), pixels a cell, T. -> (n, 2) x and y in pixels"""
    raise NotImplementedError


ex.soft_argmax.check(soft_argmax)
# ex.soft_argmax.hint()
# ex.soft_argmax.solution()

# %% [markdown]
# ### Exercise 2: its gradient
#
# How $\hat x$, and how $\hat y$, changes with each cell of one map: the box of section 3. No
# autograd and no nudging needed, though a right answer may use either.

# %%
def soft_argmax_gradient(heatmap, stride, temperature):
    """(h, w), pixels a cell, T. -> (2, h, w): the slopes of x, and of y"""
    raise NotImplementedError


ex.soft_argmax_gradient.check(soft_argmax_gradient)
# ex.soft_argmax_gradient.hint()
# ex.soft_argmax_gradient.solution()

# %% [markdown]
# ### Exercise 3: the elastic net with a mask
#
# The loss as it stands in section 7: for each joint the sum over x and y of $|e| + e^2$, and
# the mean over the **labelled** joints (`visible` above 0). 0 where nothing is labelled.

# %%
def elastic_net(predicted, target, visible):
    """(people, joints, 2) twice, (people, joints). -> a number"""
    raise NotImplementedError


ex.elastic_net.check(elastic_net)
# ex.elastic_net.hint()
# ex.elastic_net.solution()

# %% [markdown]
# ### Exercise 4: take the floor away
#
# Each map sums to 1 and holds a uniform part, as high as its least value. Take it away, and
# return the place of what is left: section 6's formula, undone. NaN for a map that is flat.

# %%
def without_floor(probabilities, stride):
    """(n, h, w), pixels a cell. -> (n, 2) x and y in pixels"""
    raise NotImplementedError


ex.without_floor.check(without_floor)
# ex.without_floor.hint()
# ex.without_floor.solution()

# %% [markdown]
# ### Exercise 5 (hard): a body in metres
#
# Volumes of depth, y, x. The $d$ cells of depth cover `span` metres, with the depth `root` in
# their middle. Read $(u, v)$ in pixels and $z$ in metres off each volume; a pinhole camera of
# focal length $f$ and centre $(c_x, c_y)$ shows a point at $u = f x / z + c_x$ and
# $v = f y / z + c_y$. Where is it?

# %%
def lift(volumes, stride, span, root, focal, centre):
    """(joints, d, h, w); px a cell; m; m; px; (2,) px. -> (joints, 3) metres"""
    raise NotImplementedError


ex.lift.check(lift)
# ex.lift.hint()
# ex.lift.solution()

# %% [markdown]
# ### An experiment: how large a window?
#
# Section 6 read noisy maps in a window of 7 × 7 cells. **Predict** what a smaller and a larger window
# cost, on clean maps and on the noisiest ones. Then measure radii from 1 to 8, at two temperatures.
# Begin with the cell below, and write your conclusion in three sentences: what does a small window
# lose, what does a large one let in, and how should the radius depend on the width of the bump?

# %%
for radius in (1, 3):
    errors = [(soft(window(maps, radius), temperature=0.2) - true).norm(dim=-1).mean()
              for maps in noisy]
    print(f"radius {radius}: " + ", ".join(f"{error:.2f} px at noise {level}"
                                           for level, error in zip(NOISE, errors)))

# %% [markdown]
# <details><summary>What we found</summary>
#
# At $T = 0.2$ a radius of 3 cells, two widths of the bump, is best at every noise: 0.16 pixels on clean
# maps, 0.59 on the noisiest. A radius of 1 cuts the bump itself off, and is 0.43 and 1.08 pixels off.
# A radius of 8 lets in so much floor that it is 1.15 and 1.41 pixels off. At $T = 0.1$ the radius hardly
# matters from 2 on (0.1 and 0.9 pixels), since there the floor has next to no probability: a window
# and a low temperature are two ways to the same end.
#
# </details>

# %% [markdown]
# ## 13 · Recap
#
# - **Soft-argmax** is the mean place under the softmax of a map; its gradient is
#   $p_i (x_i - \hat x) / T$, and sums to 0.
# - **The grid** is part of the formula: $c / W$ is half a cell off, $c / (W - 1)$ up to half a
#   cell to either side.
# - **A floor pulls to the centre**, by its share $w$: read no map by soft-argmax that was not
#   trained through it, or read it cold, or in a window. (The least value is the floor on clean maps
#   alone.)
# - **Cross entropy** tells every cell what to be; **coordinates** only where the mean should lie.
#   JS puts the shape back.
# - **The level** of a map is free, and can tell whether a joint is seen.
# - **A volume** gives depth by the same formula, at 16 times the numbers.
#
# ### Quiz
#
# **1. A network predicts two bumps of equal height for a wrist, 40 pixels apart. What does
# soft-argmax answer, what the highest cell, and which is better by PCK, which by MSE?**
#
# <details><summary>Answer</summary>
#
# Soft-argmax: the middle, 20 pixels from both. The highest cell: one of the two, right half of
# the time. By PCK the second is better (right half of the time, against never). By MSE of a
# coordinate along the line the first is: always 20² = 400, against half of 40² = 800. The mean is
# what the squared error asks for.
#
# </details>
#
# **2. You train through the grid $c / W$, and read with posekit's. What is wrong with the
# coordinates, and can the network have noticed in training?**
#
# <details><summary>Answer</summary>
#
# In training the loss was small: the network drew each bump half a cell further right and down,
# so that this grid read the right place. posekit's grid reads the bump where it is: every
# joint is half a cell too far to the right and too low. No loss can notice: it saw the same grid
# throughout.
#
# </details>
#
# **3. Why does a map that is very sharp in the wrong place learn slowly through soft-argmax, and
# what does the Jensen–Shannon term, or cross entropy, change?**
#
# <details><summary>Answer</summary>
#
# A cell's gradient is $p_i (x_i - \hat x) / T$. At the right place $p_i$ is nearly 0, and at the
# wrong one $x_i - \hat x$ is: nothing pulls. Cross entropy's gradient is $p_i - q_i$: at the
# right place it is about $-q_i$ however small $p_i$ is. (JS weakens there too: its slope has the
# factor $p_i$.)
#
# </details>
#
# **4. A map of 32 × 32 cells has a bump of height 1 on a floor of 0, and $T = 1$. Where is
# soft-argmax, and what would you change?**
#
# <details><summary>Answer</summary>
#
# Near the centre: 1,024 cells of weight $e^0 = 1$ outvote the few of weight up to $e^1 = 2.7$.
# Lower the temperature, let the network learn higher bumps (it does, when it is trained through
# soft-argmax), or read only a window around the peak.
#
# </details>
#
# **5. The visibility is read off the maximum of a map, and the coordinate off its softmax. Why do the
# two not disturb each other?**
#
# <details><summary>Answer</summary>
#
# The softmax is the same when a constant is added to all cells. So the level of the map is free:
# the loss on the coordinate does not move it, and the loss on the visibility can use it.
#
# </details>
#
# ### Where this comes from
#
# - S. Levine, C. Finn, T. Darrell, P. Abbeel, *End-to-End Training of Deep Visuomotor Policies*,
#   JMLR 2016: the spatial softmax.
# - D. C. Luvizon, D. Picard, H. Tabia, *2D/3D Pose Estimation and Action Recognition using
#   Multitask Deep Learning*, CVPR 2018: the paper behind Ammar Khodja's talk; elastic net, visibility,
#   volumes.
# - X. Sun, B. Xiao, F. Wei, S. Liang, Y. Wei, *Integral Human Pose Regression*, ECCV 2018.
# - A. Nibali, Z. He, S. Morgan, L. Prendergast, *Numerical Coordinate Regression with
#   Convolutional Neural Networks*, 2018: DSNT, and the Jensen–Shannon regulariser.
#
# **Next:** chapter 05, where an image holds several people, and every map has many peaks.
