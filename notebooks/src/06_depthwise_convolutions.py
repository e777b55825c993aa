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
#     title: Depthwise convolutions
#     promise: Make a network for several people fast enough for a laptop's camera, and measure what each step gives on your own machine.
#     minutes: 80
# ---

# %% [markdown]
# # 06 · Depthwise convolutions: let's make this faster
#
# **In this chapter you make the network of chapter 05 several times as fast. You count what it
# computes, replace its convolutions by depthwise separable ones, hand it to another runtime, and
# measure after each step, on your own machine, what that step gave and what it cost.**
#
# | | |
# |---|---|
# | Time | 80 minutes of reading and trying, and the exercises |
# | Run, `quick`, 2 CPU cores | about 30 s, 1.6 GB of memory |
# | Run, `full`, GPU | not measured |
# | You will | **count** multiply-accumulates · **derive** what a separable convolution saves · **measure** milliseconds so that they mean something · **explain** with a roofline why operations are not milliseconds · **export** a network |
# | Before you start | chapter 05: heatmaps, part affinity fields, AP |

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
DATASET = "synthetic"  # rendered people; this chapter needs no other
SEED = 0  # same seed, same people, same networks

# %%
import time
from copy import deepcopy
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

# %%
from posekit import catalog, checkpoints, crowds, exercises, export, latency
from posekit import onnx_networks, plots, synthetic, tasks, widgets
from posekit.data.scenes import SceneDataset
from posekit.models.blocks import conv_bn_relu
from posekit.models.crowd_nets import SmallCrowdNet
from posekit.models.layer_counts import layer_counts, separable_form, separable_share
from posekit.models.layer_counts import table
from posekit.models.mobile import mobile_crowd_net
from posekit.tasks.crowds import rendered, score

# %%
plots.style()
torch.set_num_threads(1)  # one core: what waits for a second core measures that core
SCENES = {"smoke": 8, "quick": 24, "full": 200}[PROFILE]  # that are scored
ROUNDS = {"smoke": 2, "quick": 8, "full": 30}[PROFILE]  # of each measurement
SIDE = 256  # pixels of the fast network's input
# Seconds that the processor worked for this program: other programs do not count.
# (Windows tells them too coarsely, so there the clock on the wall has to do.)
CLOCK = time.perf_counter if sys.platform == "win32" else time.process_time
timed = partial(latency.time_calls, clock=CLOCK)

# %% [markdown]
# ## 1 · The result first (3 minutes)
#
# On the left the network of chapter 05, as that chapter left it. On the right this chapter's. Each
# frame goes the whole way: resize the image, run the network, put the people together, draw them.

# %%
slow, card = checkpoints.load_pretrained("crowd")  # chapter 05's
fast, fast_card = checkpoints.load_pretrained("crowd_mobile")
scene = synthetic.People(SEED + 7, 20, 384, "coco17", people=5)[3]


def runtime(file):
    """A network that ONNX Runtime computes, on one thread."""
    session = onnx_networks.open_session(file.SerializeToString(), threads=1)
    return onnx_networks.OnnxNetwork(session)


exported = export.to_onnx(fast, (SIDE, SIDE))  # section 9 explains this line
fast_onnx = runtime(exported)
stages_of = partial(latency.time_stages, image=scene.image, codec=card["codec"],
                    rounds=ROUNDS, clock=CLOCK)

# %%
fig, axes = plt.subplots(1, 2, figsize=(11, 5.7), layout="constrained")
for ax, net, side, name in ((axes[0], slow, 384, "chapter 05"),
                            (axes[1], fast_onnx, SIDE, "this chapter")):
    people = crowds.find_people(net, scene.image, card["codec"], side)
    ms = sum(stage.fastest for stage in stages_of(net, side=side).values())
    ax.imshow(plots.draw_pose(scene.image, people.keypoints, skeleton="openpose18"))
    ax.set_title(f"{name}: {ms:.0f} ms, {1000 / ms:.0f} frames a second")
    ax.set_axis_off()
plots.show(fig, "The same scene of five people with the skeletons that both networks "
           "found; the one on the right took a fraction of the time.")

# %% [markdown]
# It is nearly six times as fast, and it finds less: it misses the man who stands on his hands, and
# some of its arms hang down where the person's do not. In section 10 its AP is about a quarter of that of
# chapter 05's network at 384 pixels. This chapter measures both.
#
# ## 2 · Where does the time go? (5 minutes)
#
# Before anything is made faster, measure what is slow. A frame has four stages; their milliseconds
# together are its **latency budget**.
#
# A time is easy to measure wrongly, so three rules hold in this chapter. The first calls do not
# count, because they allocate memory and fill caches. What is compared is called in turns, so that a
# busy second hits all of it. And what is compared is the *fastest* call of several, because other
# programs can only add time; the median says how long one waits. The clock counts the seconds that the
# processor works for this program, on one core.
#
# **Predict.** Chapter 05's network looks at the scene at 384 pixels. Which share of the time does
# each stage take: pre-processing, network, decoder, drawing?

# %%
def stack(ax, budgets):
    """A bar for each {stage: timing}; its parts are as long as the stages take."""
    left = np.zeros(len(budgets))
    for stage, hatch in zip(next(iter(budgets.values())), ("", "//", "..", "xx")):
        ms = np.array([stages[stage].fastest for stages in budgets.values()])
        ax.barh(list(budgets), ms, left=left, hatch=hatch, ec="white", label=stage)
        left += ms


# %%
before = stages_of(slow, side=384)
fig, ax = plt.subplots(figsize=(10, 2.4), layout="constrained")
stack(ax, {"chapter 05": before})
ax.set(xlabel="milliseconds", title="One frame, stage by stage")
ax.legend(ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.45))
plots.show(fig, "One bar of four stages: nearly all of it is the network.")
for stage, timing in before.items():
    print(f"{stage:>14}: {timing.fastest:6.2f} ms, median {timing.median:6.2f} ms")

# %% [markdown]
# **Explain.** Nearly all of the time is the network's, so that is where to begin. The decoder, which
# joins fields and peaks to people, takes about two milliseconds. (The one that many projects copy, which
# Osokin's *Lightweight OpenPose* of 2018 describes, enlarges the maps four times before it looks for peaks;
# it takes about 22 ms for five people on such a machine.) When the network is fast, we come back to this picture.
#
# ## 3 · Counting (7 minutes)
#
# What does a network do all this time? It multiplies and adds. Each output of a convolution is a sum
# of $K \times K \times C_\text{in}$ products; a product added to a sum is a **multiply-accumulate**
# (MAC). A layer with $C_\text{out}$ maps of $H \times W$ cells takes
#
# $$K^2 \cdot C_\text{in} \cdot C_\text{out} \cdot H \cdot W$$
#
# of them. posekit counts them block by block, from the shapes alone: nothing is computed.

# %% tags=["check"]
images = torch.rand(1, 3, SIDE, SIDE)
print(table(layer_counts(slow, images.shape)))

# %% [markdown]
# **Predict.** The blocks `down` have most of the weights. Why do the heads take more of the work?
# (MMAC stands for millions of MACs; activations are all the numbers that a block's layers give.)
#
# **Explain.** A weight is used once in each cell. The blocks with many channels work on small maps, so
# each of their weights is used 64 or 256 times; the heads work at stride 4, where each weight is
# used 4,096 times.
#
# ### Two counters, two numbers
#
# Papers and counters disagree about the same network. Before you compare two figures, ask three
# questions. Is it MACs, or FLOPs, of which each MAC has two? Does batch norm count? Do biases and
# activations count?

# %% tags=["check"]
rows = layer_counts(slow, images.shape)
macs = sum(row.macs for row in rows)
normed = sum(row.activations for row in rows if row.kind == "norm")
with FlopCounterMode(display=False) as counter, torch.no_grad():
    slow(images)
print(f"MACs of convolutions           {macs:>15,}")
print(f"half of PyTorch's own FLOPs    {counter.get_total_flops() // 2:>15,}")
print(f"FLOPs, two for each MAC        {2 * macs:>15,}")
print("MACs, and two for each number")
print(f"    that batch norm gives      {macs + 2 * normed:>15,}")

# %% [markdown]
# **Explain.** In use, batch norm is a multiplication and an addition that can be merged into the
# convolution before it (exercise 3), so it costs nothing and we do not count it. Here the
# convention changes the count by only 0.5 %, because a plain convolution does many MACs for each
# number that it gives. In a network of depthwise layers it matters more: on MobileNetV2 at 224
# pixels four well-known counters say 300.8 (PyTorch's and ours), 314.2, 320.3 and 327.5 million
# for one and the same network: 9 % between the first and the last.
#
# ## 4 · Two levers without a new idea: input size and width (6 minutes)
#
# A talk behind this chapter (Alejandro Solano, *Deep Learning for Human Pose Estimation*, EuroSciPy
# 2018) begins with the simplest lever: *the smaller the input image, the fewer operations we need
# to perform*. A network without fully connected layers, a **fully convolutional** one, takes images of
# other sizes with the same weights (here the sides must be multiples of 32); half the side is a quarter
# of the cells. The second lever is the **width**: fewer channels in every layer (Howard et al., 2017).
#
# **Predict.** Half the side leaves a quarter of the MACs. Which share does half the width leave? And
# does the time fall by as much as the MACs? (The networks below are untrained: they compute as much
# as trained ones.)

# %%
def cost(side, width):
    """Millions of MACs, and milliseconds, of the fast network's shape; untrained."""
    net, batch = mobile_crowd_net(18, 19, width).eval(), torch.rand(1, 3, side, side)
    with torch.inference_mode():
        ms = timed({"": lambda: net.predict(batch)}, rounds=3)[""].fastest
    return sum(row.macs for row in layer_counts(net, batch.shape)) / 1e6, ms


WHOLE = np.array(cost(SIDE, 1.0))


# %% [markdown]
# Both costs are drawn as shares of those at 256 pixels and width 1:

# %%
def levers(ax, side, width):
    """Both costs, as shares of those at 256 pixels and width 1."""
    shares = np.array(cost(side, width)) / WHOLE
    ax.bar(["MACs", "time"], shares, color=["C0", "C1"], hatch=["", "//"])
    for n, share in enumerate(shares):
        ax.text(n, share, f"{share:.2f}", ha="center", va="bottom")
    ax.set(title=f"{side} pixels, width {width:g}", ylim=(0, 1.2), ylabel="share")


# %%
widgets.explore(levers, "MACs and time of the fast network as shares: half the side "
                "leaves 0.25 of the MACs, half the width 0.33, and more of the time.",
                [{"side": 128, "width": 1.0}, {"side": 256, "width": 0.5},
                 {"side": 192, "width": 0.75}],
                {"side": (64, 384, 32), "width": (0.25, 1.5, 0.25)})

# %% [markdown]
# **Explain.** In a 1 × 1 or a plain convolution both the input and the output channels shrink, so
# half the width leaves a quarter of its MACs. For the whole network it is 0.33, because some
# layers lose only half: the first one keeps its three input channels, the last ones their 94
# maps, and in a depthwise layer (next section) each output channel sees one input channel at any
# width. The time falls less than the MACs do. Remember that; section 8 explains it.
#
# Neither lever is free. A person who is 100 pixels tall as the network sees it is 25 cells tall at
# stride 4, and half of that at half the side. What a smaller input costs in AP is measured in section 10;
# what fewer channels cost is not.
#
# ## 5 · A depthwise convolution is a filter for each channel (8 minutes)
#
# Solano's second idea is a new kind of layer. A plain convolution does two things at once: it looks
# at a *neighbourhood*, and it *mixes the channels*. A **depthwise separable** convolution does one
# after the other. First the **depthwise** convolution: each channel has one K × K filter of its own, and
# nothing is mixed. Then a 1 × 1 convolution, called **pointwise**: it mixes the channels, cell by cell.
#
# An image has three channels, so we can watch it. Red is blurred, green gets a filter for vertical
# edges, blue one for horizontal edges. In PyTorch it is `groups` that keeps the channels apart.

# %%
photo = catalog.load("photos", skeleton="coco17")[0].image
channels = torch.from_numpy(photo).permute(2, 0, 1)[None].float() / 255  # (1, 3, H, W)
blur = torch.ones(3, 3) / 9
vertical = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
filters = torch.stack([blur, vertical, vertical.T])[:, None]  # (3, 1, 3, 3)
each = F.conv2d(channels, filters, padding=1, groups=3)  # (1, 3, H, W)
mixing = torch.tensor([[1.0, 0, 0], [0, 1, 1], [0.5, 1, -1]])  # (3 out, 3 in)
mixed = F.conv2d(each, mixing[:, :, None, None])  # (1, 3, H, W)

# %% [markdown]
# Each map is now drawn from black, its least number, to white, its greatest. In the maps of edges the
# even grey is therefore about 0.

# %%
def grey(part):
    """Numbers as a grey image (H, W, 3): the least black, the most white."""
    part = (part - part.min()) / (part.max() - part.min())
    return np.dstack([part] * 3)


# %%
fig, axes = plt.subplots(3, 3, figsize=(11, 7.6), layout="constrained")
titles = (("red", "green", "blue"), ("blurred", "vertical edges", "horizontal edges"),
          ("1 · blurred", "vertical + horizontal", "½ blurred + vert. − hor."))
for row, maps, names in zip(axes, (channels, each, mixed), titles):
    for ax, part, name in zip(row, maps[0], names):
        ax.imshow(grey(part))
        ax.set(title=name, xticks=[], yticks=[])
for ax, name in zip(axes[:, 0], ("three channels", "depthwise", "pointwise")):
    ax.set_ylabel(name)
plots.show(fig, "Nine grey images: the channels of a photograph; below, each channel "
           "filtered by itself; below those, three mixtures of the filtered ones.")

# %% [markdown]
# (Photograph from Flickr, CC BY 2.0: `flickr.com/photo.gne?id=7866247804`.)
#
# The network learnt its own filters. These are eight of the sixteen in its first depthwise layer.
# Below each is what it makes of its channel; the stem made these channels from section 1's scene.

# %%
depthwise = fast.down[0][0][0][0]  # of the first separable block
with torch.no_grad():
    first = fast.stem(fast.normalise(crowds.fit_image(scene.image, SIDE).tensor))
    seen = depthwise(first)[0]  # (16, 64, 64), one filter for each channel
kernels = depthwise.weight.detach()  # (16, 1, 3, 3)
fig, axes = plt.subplots(2, 8, figsize=(13, 3.9), layout="constrained")
for (above, below), kernel, part in zip(axes.T, kernels[:, 0], seen):
    most = kernel.abs().max()
    above.imshow(kernel, cmap="PuOr", vmin=-most, vmax=most)
    below.imshow(grey(part))
    for ax in (above, below):
        ax.set(xticks=[], yticks=[])
fig.suptitle("Filters of 3 × 3 weights (orange below 0, purple above), and their maps")
plots.show(fig, "Eight small filters, and below each the map that it makes of one "
           "channel: all have weights of both signs, and answer to edges.")

# %% [markdown]
# **What is given up?** In a plain convolution every output channel looks at every input channel
# through a filter of its own: $C_\text{in} \cdot C_\text{out}$ filters. Here there are only
# $C_\text{in}$ filters, and all outputs share them. Exercise 4 asks how near such a pair can come to
# a given plain convolution.
#
# ## 6 · What it saves, derived and counted (6 minutes)
#
# ```
# plain 3 × 3 convolution                   depthwise separable convolution
#
# C_in maps                                 C_in maps
#    │                                         │  depthwise 3 × 3         9 · C_in weights
#    │  3 × 3   9 · C_in · C_out weights       │  batch norm, ReLU
#    │  batch norm, ReLU                       │  pointwise 1 × 1    C_in · C_out weights
#    ▼                                         ▼  batch norm, ReLU
# C_out maps                                C_out maps
# ```
#
# ```python
# nn.Sequential(
#     nn.Conv2d(c_in, c_in, 3, padding=1, groups=c_in, bias=False),  # depthwise
#     nn.BatchNorm2d(c_in),
#     nn.ReLU(),
#     nn.Conv2d(c_in, c_out, 1, bias=False),                         # pointwise
#     nn.BatchNorm2d(c_out),
#     nn.ReLU(),
# )
# ```
#
# Each weight is used once per cell, so the MACs are the weights above times $H \cdot W$. Their
# quotient is
#
# $$\frac{K^2 C_\text{in} H W + C_\text{in} C_\text{out} H W}{K^2 C_\text{in} C_\text{out} H W}
# = \frac{1}{C_\text{out}} + \frac{1}{K^2}$$
#
# (Howard et al., 2017, equation 5). Solano states that a depthwise convolution reduces the operations
# "in almost K²". **Predict** for K = 3: from how many output channels on is it 8 times or
# more?

# %% tags=["check"]
print("C_out   1/C_out + 1/9    counted   times fewer")
for channels_out in (8, 16, 32, 64, 72, 128, 512):
    block = conv_bn_relu(64, channels_out)  # 3 × 3, dense
    counts = [sum(row.macs for row in layer_counts(form, (1, 64, 32, 32)))
              for form in (separable_form(block), block)]
    print(f"{channels_out:5}   {separable_share(channels_out):13.5f}   "
          f"{counts[0] / counts[1]:8.5f}   {counts[1] / counts[0]:11.2f}")

# %% [markdown]
# **Explain.** "Almost K²" is right for many channels: the saving is $1 / (1/9 + 1/C_\text{out})$, which
# is 8 at 72 channels and never reaches 9. With 8 channels it is 4.2. Where the K² comes from is worth a
# second look: the depthwise part is nearly free, and what remains is the 1 × 1 convolution, which is
# a plain one without the nine.
#
# ## 7 · Chapter 05's network, with the idea and without (9 minutes)
#
# This is chapter 05's network:
#
# ```
# image 256 × 256
#    │  stem: 3 × 3, stride 2, 16 channels
#    ▼
# 64 × 64 ×  32   three 3 × 3 ──────► sum, two 3 × 3 ──► tower ──► heatmaps 19, fields 38
#    ▼                                 ▲             └──► tower ──► centres 1, offsets 36
# 32 × 32 ×  64   three 3 × 3 ──────► sum, two 3 × 3
#    ▼                                 ▲
# 16 × 16 × 112   three 3 × 3 ──────► sum, two 3 × 3
#    ▼                                 ▲
#  8 ×  8 × 144   three 3 × 3 ─────────┘
# ```
#
# On the way down the first of three convolutions has stride 2. On the way up a 1 × 1 layer brings the maps
# below to as many channels, and they are brought to twice their side and added. A tower has two 3 × 3 convolutions with 64
# channels, and a 1 × 1 layer for each kind of map.
#
# This chapter's network is the same one, with **every 3 × 3 convolution but the stem made separable** (the
# stem sees three channels only; MobileNet's first layer is a plain one, too). `separable_form` puts the
# right column of section 6's drawing in the place of the left one; the batch norm and the ReLU that stood
# after the plain convolution stay where they are:
#
# ```python
# for each 3 × 3 convolution from c_in > 3 to c_out channels:
#     replace it by Sequential(depthwise 3 × 3, batch norm, ReLU, 1 × 1)
# ```
#
# So chapter 05's network is **the same network without the idea**, which one needs to know what an idea
# brings. We call it the **dense form**, because each output channel is joined to all input channels (it has
# nothing to do with fully connected, "dense" layers). **Predict:** how many times the MACs does the dense
# form have, and why not nine times?

# %% tags=["check"]
dense = SmallCrowdNet(18, 19).eval()
plain = separable_form(dense).eval()
dense.load_state_dict(slow.state_dict())  # trained weights, as PyTorch lays them out
plain.load_state_dict(fast.state_dict())
counts = {"separable": layer_counts(plain, images.shape),
          "dense": layer_counts(dense, images.shape)}
print(table(counts["separable"]))
for name, rows in counts.items():
    print(f"{name:>9}: {sum(row.macs for row in rows):>13,} MACs, "
          f"{sum(row.parameters for row in rows):>9,} weights")

# %% tags=["check", "key"]
total = {name: sum(row.macs for row in rows) for name, rows in counts.items()}
print(f"MACs of the dense form over the separable form: "
      f"{total['dense'] / total['separable']:.2f}")

# %% [markdown]
# **Explain.** Each block saves $1/(1/9 + 1/C)$, which is 7 for 32 channels and 8.5 for 144. The rest is
# the same in both forms: the stem, the three 1 × 1 layers on the way up and the four that give the
# maps. The 1 × 1 layers cannot be made separable, since they have no neighbourhood; together with the
# stem they are 23 % of what the separable form computes.
#
# ### One training step, in both forms
#
# Does a network with a seventh of the weights still learn? One step, written out, is chapter 05's:

# %%
recipe = tasks.get("crowd_mobile")
train, _ = recipe.load("synthetic", recipe.plans["smoke"], SEED, progress=False)
batch = SceneDataset(train, recipe.augment, SEED).batch(range(8))
net = tasks.build(recipe, train, SEED)  # separable, untrained
optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3)
raw = net(batch.inputs())  # four kinds of maps
loss, joints = recipe.penalties(raw, batch)  # targets encoded, four penalties summed
optimizer.zero_grad()
loss.backward()
optimizer.step()
print(f"{len(batch.images)} scenes of {train.size} pixels: loss {loss.item():.1f}")

# %% [markdown]
# Now many such steps on the same eight scenes, for the separable form and for the dense one, with the
# milliseconds of a step:

# %%
def step(net, optimizer):
    """The same for any network: a small move of all weights; the loss before it."""
    loss, _ = recipe.penalties(net(batch.inputs()), batch)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


# %%
STEPS = 4 if PROFILE == "smoke" else 30
fig, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
for name, style in (("crowd_mobile", "o-"), ("crowd_mobile_dense", "s--")):
    net = tasks.build(tasks.get(name), train, SEED).train()
    optimizer, start = torch.optim.AdamW(net.parameters(), lr=2e-3), CLOCK()
    losses = [step(net, optimizer) for _ in range(STEPS)]
    ax.plot(losses, style, markersize=4, label=name)
    print(f"{name:>18}: {1000 * (CLOCK() - start) / STEPS:.0f} ms a step")
ax.set(xlabel="step", ylabel="loss", title="Eight scenes, many times")
ax.legend()
plots.show(fig, "The loss of both forms falls from step to step.")

# %% [markdown]
# Both learn. Compare the milliseconds, though: a step of the separable form has about a sixth of
# the MACs, but takes more than half of the time. Why is the next question.
#
# Trained for longer, the two are the recipes `crowd_mobile` and `crowd_mobile_dense`: the same scenes in
# the same order, the same loss, the same steps. Each begins with what its own form learnt from 40,000 single
# people: the dense one with chapter 03's `heatmap`, the separable one with `heatmap_mobile`, which saw the same
# people as often. Only the learning rate of this first training differs, 0.002 for the dense form and 0.01 for
# the separable one, which learnt more at it than at 0.002. The card of the network that this chapter loads says:

# %%
print(f"{fast_card['name']}: {fast_card['command']}")
for entry in ("data", "hardware", "minutes", "epochs", "terms"):
    print(f"    {entry:>8}: {fast_card[entry]}")

# %% [markdown]
# ## 8 · Operations are not milliseconds (10 minutes)
#
# **Predict.** The dense form has 6.2 times the MACs. How many times as long does it take in PyTorch?

# %%
with torch.inference_mode():
    forms = timed({"separable": lambda: plain.predict(images),
                   "dense": lambda: dense.predict(images)}, ROUNDS)
for name, timing in forms.items():
    rate = total[name] / timing.fastest / 1e6
    print(f"{name:>9}: {timing.fastest:5.1f} ms, {rate:5.1f} billion MACs a second")
ratio = forms["dense"].fastest / forms["separable"].fastest
print(f"dense over separable: {ratio:.1f}")

# %% [markdown]
# About a third of the saving arrives. Which layers keep the rest? Each layer, alone, on the input that
# it gets:

# %%
layers = {"separable": latency.time_layers(plain, images, clock=CLOCK),
          "dense": latency.time_layers(dense, images, clock=CLOCK)}


def kind(net, row):
    """Which of three kinds a layer is: depthwise, 1 × 1, or dense."""
    if row.count.kind == "depthwise":
        return "depthwise"
    one = net.get_submodule(row.count.name).kernel_size == (1, 1)
    return "1 × 1" if one else "dense"


# %%
shares = {"depthwise": [0, 0.0], "1 × 1": [0, 0.0], "dense": [0, 0.0]}  # MACs, ms
for row in layers["separable"]:
    share = shares[kind(plain, row)]
    share[0], share[1] = share[0] + row.count.macs, share[1] + row.milliseconds
whole = forms["separable"].fastest
for name, (macs, ms) in shares.items():
    print(f"{name:>15}: {macs / total['separable']:4.0%} of the MACs, "
          f"{ms / whole:4.0%} of the time")
print(f"{'everything else':>15}:    0 of the MACs, "
      f"{1 - sum(ms for _, ms in shares.values()) / whole:4.0%} of the time")

# %% [markdown]
# Two surprises. The depthwise layers have a larger share of the time than of the MACs. (The one
# dense layer of the separable form is its first, the stem.) And a large part of the time goes to
# what has no MACs at all: batch norm, ReLU, sums. What such layers do is to *move
# numbers*: a processor must read a number before it can multiply it, and the reading can take longer
# than the multiplying.
#
# How much a layer computes for each byte that it moves is its **arithmetic intensity**. Take C channels
# in and out, H · W cells, and four bytes a number. Each map is read once and written once, which is
# 8 · C · H · W bytes; the weights are few. So the intensity is
#
# | layer | MACs | MACs per byte | for C = 64 |
# |---|---|---|---|
# | depthwise 3 × 3 | 9 · C · H · W | 9 / 8 | 1.1 |
# | 1 × 1 | C² · H · W | C / 8 | 8 |
# | dense 3 × 3 | 9 · C² · H · W | 9 C / 8 | 72 |

# %% tags=["check"]
block = "heads.parts.1.0"  # from 64 to 64 channels, 64 × 64 cells
for form, name in (("separable", block + ".0"), ("separable", block + ".3"),
                   ("dense", block)):
    row = next(row for row in layers[form] if row.count.name == name)
    print(f"{name} of the {form} form, {row.count.kind}: {row.count.macs:,} MACs, "
          f"{row.moved:,} bytes, {row.intensity:.2f} MACs per byte")

# %% [markdown]
# Now two numbers of **your machine**. How many MACs can it do in a second, if it need not wait for
# numbers? (In GMAC/s, billions a second, measured by a product of two matrices.) And how many bytes
# can it read and write in a second? (In GB/s, again billions, measured by a copy of 128 megabytes,
# more than fits into its caches.) A layer of intensity $I$ can run at
# $\min(\text{peak}, I \cdot \text{bandwidth})$ at the most. Drawn over $I$, that is a slope that
# meets a flat line: the **roofline** (Williams, Waterman, Patterson, 2009). The intensity at which the two lines meet is
# its **ridge**. To the left of the ridge the memory is the limit, to the right of it the
# multiplying.
#
# **Predict.** Where will the three kinds of layers lie?

# %%
roof = latency.measure_roofline(clock=CLOCK)
print(f"{tasks.hardware()}: {roof.peak:.0f} GMAC/s, {roof.bandwidth:.0f} GB/s")
print(f"below {roof.ridge:.1f} MACs per byte the memory is the limit")


def reached(ax, net, rows):
    """Each layer where it lies: a marker and a colour for each kind."""
    for name, style in (("depthwise", "C1o"), ("1 × 1", "C0s"), ("dense", "C2^")):
        dots = [(row.intensity, row.rate) for row in rows if kind(net, row) == name]
        if dots:
            ax.plot(*zip(*dots), style, markersize=8, alpha=0.7, label=name)


# %%
fig, axes = plt.subplots(1, 2, figsize=(13, 4.6), sharey=True, layout="constrained")
x = np.geomspace(0.2, 200, 100)
for ax, (name, rows) in zip(axes, layers.items()):
    ax.plot(x, roof.rate(x), color="black", label="roofline")
    reached(ax, {"separable": plain, "dense": dense}[name], rows)
    ax.set(xscale="log", yscale="log", xlabel="MACs per byte", title=f"{name} form")
    ax.set_xticks((0.3, 1, 3, 10, 30, 100), ("0.3", "1", "3", "10", "30", "100"))
    ax.set_yticks((1, 3, 10, 30, 100), ("1", "3", "10", "30", "100"))
    ax.minorticks_off()
    ax.legend(loc="lower right")
axes[0].set_ylabel("billion MACs a second")
plots.show(fig, "Two log-log plots of a slope that meets a flat line, with the layers "
           "of both forms: depthwise layers lie far left and low, 1 × 1 layers near "
           "the flat roof, dense layers at it.")

# %% [markdown]
# **Explain.** A dense layer with many channels lies far to the right: it does 12 to 67 MACs with
# each byte, so the processor hardly ever waits, and the layer runs near the peak. (The triangle at
# 4 is the first layer, which has only three input channels. And on the smallest maps, of 8 × 8
# cells, the weights are not few: a layer with 144 channels does 15 there, where the table says
# 162.) A depthwise layer does about one,
# and with stride 2 only 0.45, because it reads four times as many numbers as it writes. The
# single 1 × 1 layer far to the left has one output map, the centres. No program can lift a
# depthwise layer far above the slope, however many units for multiplying the processor has. (A
# dot can lie above it, where the numbers are still in a cache.) Most depthwise dots lie *below*
# even that, for reasons that have nothing to do with arithmetic: each call of a layer has a fixed
# cost of some microseconds, which the small maps of strides 16 and 32 notice, and the default order of
# the numbers in memory suits a depthwise layer badly.
#
# So we saved what was cheap: the MACs that a separable block takes away are those that ran at the
# peak. What remains is of two kinds: the 1 × 1 layers, which run near the peak and take about a third
# of the time, and layers that mostly move numbers, which take nearly all the rest.
#
# <details><summary>For the curious: what one machine gave</summary>
#
# One core of an AMD EPYC (Zen 4 class), PyTorch 2.15, 256 pixels, batch 1, 2026-11-30: peak 53 GMAC/s,
# memory 23 to 32 GB/s. Dense layers of the dense form, but the first, reached 34 to 55 GMAC/s, 1 × 1 layers of 32
# or more output channels 27 to 43, depthwise layers 1 to 10, and with *channels last* (next section) 2 to
# 21. The separable form took 10.9 ms and the dense form 23.4 ms: 2.2 times as long for 6.2 times the
# MACs.
#
# </details>
#
# ## 9 · Levers that leave the network as it is (10 minutes)
#
# The same weights can be computed in other ways. Four are tried here, on both forms:
#
# - **Channels last.** PyTorch stores one map after the other. Stored the other way, all channels of a
#   cell lie side by side, and one vector instruction (one command for
#   several numbers at once) filters up to sixteen of them. (posekit
#   loads its checkpoints so; sections 7 and 8 used PyTorch's default.)
# - **bf16.** Numbers of 16 bits in place of 32: half of the bytes to move, and recent processors
#   multiply them at twice the rate. Where a processor lacks such instructions, it is slower.
# - **Another runtime.** PyTorch runs layer after layer: it writes a convolution's output to memory,
#   reads it for the batch norm, writes it, reads it for the ReLU. A runtime that sees the *whole*
#   network before it starts merges the three into one. *ONNX* is a file format for networks, and
#   ONNX Runtime a program that does this.
# - **int8.** Whole numbers of 8 bits. A few images show which values each layer gives
#   (*calibration*), and weights and values are rounded to 255 steps each.

# %%
def in_bf16(net, batch):
    """What it predicts, computed in numbers of 16 bits."""
    with torch.autocast("cpu", torch.bfloat16):
        return net.predict(batch)


val = rendered("val", 16, SIDE, SEED)  # people whom neither training nor scoring sees
fitted = [crowds.fit_image(val[n].image, SIDE).tensor for n in range(len(val))]
calibration = torch.cat(fitted)  # (16, 3, 256, 256)
files = {"separable": exported, "dense": export.to_onnx(slow, (SIDE, SIDE))}
small = {name: export.quantised(file, calibration) for name, file in files.items()}

# %% [markdown]
# That is all: PyTorch follows an image through the network and writes down what it computes. The
# file must answer as PyTorch does, and whether it does is not a matter of faith:

# %%
with torch.inference_mode():
    expected = fast.predict(fitted[0])
    for name, file in (("float32", exported), ("int8", small["separable"])):
        pairs = zip(expected, runtime(file).predict(fitted[0]))
        apart = max(export.difference(one, other) for one, other in pairs)
        size = len(file.SerializeToString()) / 1e6
        print(f"{name:>7}: {size:.2f} MB, the maps differ from PyTorch's by "
              f"{apart:.1e} of themselves at most")

# %% [markdown]
# **Predict.** Which lever helps the separable form most, and which the dense form?

# %%
def ways(net, name):
    """Each way to compute one network, as a call."""
    last, other = (part.to(memory_format=torch.channels_last)
                   for part in (deepcopy(net), images))
    return {"PyTorch": partial(net.predict, images), "channels last":
            partial(last.predict, other), "bf16": partial(in_bf16, last, other),
            "ONNX Runtime": partial(runtime(files[name]).predict, images),
            "int8": partial(runtime(small[name]).predict, images)}


# %%
calls = {(form, way): call for form, net in (("separable", plain), ("dense", dense))
         for way, call in ways(net, form).items()}
with torch.inference_mode():
    ms = {key: timing.fastest for key, timing in timed(calls, ROUNDS).items()}
names = list(dict.fromkeys(way for _, way in calls))
print(f"{'':>15}  separable      dense   dense over separable")
for way in names:
    one, other = ms["separable", way], ms["dense", way]
    print(f"{way:>15}: {one:6.1f} ms  {other:6.1f} ms   {other / one:5.1f}")

# %% [markdown]
# The last column says how much of the saving in MACs, 6.2 times, arrives as time. As a picture:

# %%
fig, ax = plt.subplots(figsize=(10, 3.6), layout="constrained")
for shift, (form, hatch) in zip((-0.2, 0.2), (("separable", ""), ("dense", "//"))):
    bars = ax.bar(np.arange(len(names)) + shift, [ms[form, way] for way in names], 0.4,
                  hatch=hatch, edgecolor="white", label=form)
    ax.bar_label(bars, fmt="%.1f")
ax.set_xticks(range(len(names)), names)
ax.set(ylabel="ms", title="One image of 256 × 256, one core")
ax.legend()
plots.show(fig, "Times of both forms in five ways to compute them: the separable form "
           "gains most from ONNX Runtime.")

# %% [markdown]
# **Explain.** The separable form gains most from ONNX Runtime. About two fifths of its time in PyTorch
# went to what has no MACs (section 8), and the runtime merges most of it into the
# convolutions before them. That explains a good part of the gain; the rest must come from how it computes
# the convolutions themselves, which we have not taken apart. The dense form gains a quarter
# there: in PyTorch it ran at three quarters of the peak already. What helps it most on this machine is bf16,
# which multiplies at a higher rate. Only now does most of the saving in MACs arrive as time.
#
# int8 disappoints here, in both forms, as its users often report. One likely reason is that around each
# layer values are rounded to whole numbers and turned back; this was not measured. It changes the maps
# besides, as the cell above showed. Unless a measurement on *your* machine says otherwise, leave it out, as we do.
#
# <details><summary>For the curious: what one machine gave</summary>
#
# The machine of section 8's box, one core, ms for one image at 256 pixels, 2026-11-30:
#
# | | separable | dense | dense over separable |
# |---|---|---|---|
# | PyTorch | 11.6 | 24.3 | 2.1 |
# | channels last | 9.6 | 22.8 | 2.4 |
# | bf16, channels last | 8.9 | 14.1 | 1.6 |
# | ONNX Runtime 1.32 | 4.1 | 18.5 | 4.6 |
# | int8, ONNX Runtime | 6.8 | 21.1 | 3.1 |
#
# </details>
#
# ## 10 · Speed and accuracy in one picture (6 minutes)
#
# A fast network that finds nobody is of no use. So each lever gets a point: to the right is slower,
# higher is better. AP is chapter 05's: rendered scenes of the test split, with 1 to 8 people by turns.
#
# **Predict.** Chapter 05's network has seven times the weights of the separable one. Is there an
# input size at which chapter 05's network is faster *and* better than the separable network at
# another size?

# %%
scenes = rendered("test", SCENES, crowds.SIDE, SEED)
scenes = [scenes[n] for n in range(len(scenes))]  # rendered once, scored often
SIDES = (192, 256, 384)


def point(net, side):
    """Milliseconds and AP of a network at that side."""
    found = score(net, scenes, card["codec"], side, matching="exact", resamples=0)
    batch = torch.rand(1, 3, *getattr(net, "size", (side, side)))
    with torch.inference_mode():
        ms = timed({"": lambda: net.predict(batch)}, rounds=4)[""].fastest
    return ms, found["figures"]["AP"]


# %%
curves = {"chapter 05, PyTorch": [point(slow, side) for side in SIDES],
          "separable, PyTorch": [point(fast, side) for side in SIDES],
          "separable, ONNX Runtime": [point(fast_onnx, SIDE)],
          "separable, int8": [point(runtime(small["separable"]), SIDE)]}
for name, points in curves.items():
    print(f"{name:>24}:", ", ".join(f"{ms:.0f} ms AP {ap:.2f}" for ms, ap in points))

# %% [markdown]
# The same points, drawn. Times stand on a logarithmic axis: equal distances are equal factors.

# %%
fig, ax = plt.subplots(figsize=(8.5, 4.2), layout="constrained")
looks = (("o-", 10), ("s--", -20), ("D", 10), ("^", 10))  # and where the labels stand
for (name, points), (style, up) in zip(curves.items(), looks):
    ax.plot(*zip(*points), style, markersize=9, label=name)
    for side, at in zip(SIDES if len(points) > 1 else [SIDE], points):
        ax.annotate(f"{side}", at, (0, up), textcoords="offset points", ha="center")
ax.set(xlabel="ms, the network alone", ylabel="AP", xscale="log", ylim=(-0.03, None),
       title=f"{len(scenes)} scenes; the numbers are pixels of the input's side")
ax.set_xticks((5, 10, 20, 50), ("5", "10", "20", "50"))
ax.minorticks_off()
ax.legend(loc="upper left")
plots.show(fig, "AP against time: each network rises with the input size and gets "
           "slower; the separable one in ONNX Runtime lies furthest to the left.")

# %% [markdown]
# Figures are not people, so look at some of them: three of the scenes, and a photograph. (Neither
# network has learnt from photographs.)

# %%
shown = [scenes[n].image for n in (1, 3, 5)] + [photo]
fig, axes = plt.subplots(2, 4, figsize=(13, 6.6), layout="constrained")
for row, net, side, name in ((axes[0], slow, 384, "chapter 05, 384 pixels"),
                             (axes[1], fast_onnx, SIDE, f"separable, {SIDE} pixels")):
    for ax, image in zip(row, shown):
        people = crowds.find_people(net, image, card["codec"], side)
        ax.imshow(plots.draw_pose(image, people.keypoints, skeleton="openpose18"))
        ax.set_axis_off()
    row[0].set_title(name, loc="left")
plots.show(fig, "Three rendered scenes and a photograph: above with the people that "
           "chapter 05's network finds, below with those that the fast one finds.")

# %% tags=["key"]
best = curves["separable, ONNX Runtime"][0][1]
print(f"AP of the separable network at {SIDE} pixels, %: {100 * best:.0f}")

# %% [markdown]
# **Explain.** Read the plot from its upper left edge: a point counts if no other one is both
# faster and better. So the answer is yes: in PyTorch, chapter 05's network at 192 pixels is
# faster than the separable one at 384, and its AP is one and a half times as high. A runtime moves a
# point to the left and leaves its height, since the answers are the same. The size of the input
# moves it along both axes. With so few scenes the height of a point is known to a few hundredths
# at best. (Both networks were loaded channels last, so the separable one takes less time here
# than in the first row of section 9's table.)
#
# The separable network is the fastest by far, and its AP is far lower. Do not blame the separable
# blocks for all of it yet, because three things differ: chapter 05's network is the dense form, it
# trained for sixty epochs and the separable one for twelve, and its learning rate was 0.001 and not 0.003.
# What the *blocks* cost, only a dense form can tell that was trained as the separable one was (section 7).
# Recorded on 300 scenes at 256 pixels:
#
# | | weights | million MACs | AP |
# |---|---|---|---|
# | chapter 05, sixty epochs | 1,387,822 | 994.7 | 0.314 |
# | `crowd_mobile_dense` | 1,387,822 | 994.7 | 0.241 |
# | `crowd_mobile` | 202,542 | 159.6 | 0.101 |
# | the last two, difference and its 95 % interval | | | 0.140 (0.128–0.153) |
#
# So two thirds of the distance to chapter 05's network is what the blocks cost in this training, and the
# rest comes with its fewer epochs and its other learning rate. The blocks also take away six sevenths of
# the weights, and this comparison cannot tell the two apart. On one person at a time, by another measure,
# `heatmap` finds 88.2 % of the joints of 500 rendered people, and `heatmap_mobile` 80.6 % (within 0.2 of
# the torso; with these two the crowd networks began). In a wide network the blocks can cost next to nothing:
# MobileNetV1 has 70.6 % of ImageNet's images right, and its own dense form 71.7 %, at 8.6 times the MACs
# (Howard et al., 2017, table 4); it has 4.2 million weights, twenty times as many as ours. What the blocks
# would cost here with more width, or after a longer training, was not measured. A comparison of two
# networks is always a comparison at one size and one budget, too.
#
# Compared at equal *time*, the picture is another one. In ONNX Runtime, on the machine of the box below, the
# separable form at 256 pixels takes 3.7 ms for an AP of 0.10, the dense form at 128 pixels 4.5 ms for 0.06.
# At 384 pixels the separable form takes 8.7 ms for 0.15, at 192 pixels the dense one 10.4 ms for 0.16. So
# of the sizes measured, whoever has less than 10 milliseconds finds more with separable blocks and a larger
# image, and whoever has more, with dense ones.
#
# <details><summary>For the curious: both axes, recorded</summary>
#
# `python tests/benchmarks/crowd_speed.py` on an AMD EPYC (Zen 4 class), one thread, median ms of the
# network alone at 256 pixels; frames a second are from the frame to the people, without drawing
# (2026-11-30; each runtime in a process of its own, where section 9 calls them in turns):
#
# | | chapter 05 | separable |
# |---|---|---|
# | PyTorch | 25.8 | 10.9 |
# | channels last | 22.4 | 9.0 |
# | bf16, channels last | 15.2 | 9.4 |
# | ONNX Runtime | 18.3 | 3.7 |
# | int8, ONNX Runtime | 21.0 | 6.7 |
# | OpenVINO | 20.2 | 5.9 |
# | OpenVINO, bf16 | 10.3 | 3.2 |
# | frames a second, ONNX Runtime | 48 | 165 |
#
# `python tests/benchmarks/crowd_accuracy.py --people 300`, AP by the pixels of the input's side:
#
# | | 128 | 192 | 256 | 320 | 384 |
# |---|---|---|---|---|---|
# | chapter 05 | 0.10 | 0.22 | 0.31 | 0.37 | 0.39 |
# | dense, trained like the separable | 0.06 | 0.16 | 0.24 | 0.29 | 0.30 |
# | separable | 0.01 | 0.05 | 0.10 | 0.13 | 0.15 |
#
# In int8 the separable form has 0.098 at 256 pixels, 0.003 less than in float32, which
# is within chance (interval −0.0002 to 0.0057).
#
# </details>
#
# ## 11 · All levers together, and the budget again (4 minutes)
#
# One lever after the other, the whole frame each time:

# %%
budgets = {"chapter 05, 384 pixels": before,
           "at 256 pixels": stages_of(slow, side=SIDE),
           "separable": stages_of(fast, side=SIDE),
           "in ONNX Runtime": stages_of(fast_onnx)}
fig, ax = plt.subplots(figsize=(10, 3.4), layout="constrained")
stack(ax, budgets)
ax.invert_yaxis()
ax.set(xlabel="milliseconds", title="One frame, each lever on top of the last")
ax.legend()
plots.show(fig, "Four bars of stages, each shorter than the one above; in the last "
           "one the network is no longer nearly everything.")
for name, stages in budgets.items():
    ms = sum(timing.fastest for timing in stages.values())
    print(f"{name:>23}: {ms:6.1f} ms, {1000 / ms:4.0f} frames a second")

# %% [markdown]
# **Explain.** When the network is fast, the other stages become visible: the drawing and the decoder
# together now take longer than the network. This is Amdahl's law
# (1967): what you do not speed up becomes the limit. On one core like this OpenPose's network would take
# seconds (136 billion MACs), so nobody would notice the 22 ms of the copied decoder. Here they would be
# more than all the rest together.
#
# ## 12 · The same idea in OpenPose (4 minutes)
#
# *tf-pose-estimation* by Ildoo Kim, which Solano demonstrated, is OpenPose with its VGG19 replaced by a
# thin MobileNet. Its maps come from three depths of the backbone, brought together at stride 8, and
# each of the six stages is made of three separable 3 × 3 convolutions and two 1 × 1 ones. Kim measured
# both on COCO's validation images of 2014, at one scale, and on two machines:
#
# | | AP | laptop (i9), s a frame | V100 GPU, s a frame |
# |---|---|---|---|
# | OpenPose's network (VGG19) | 50.7 | 0.859 | 0.057 |
# | MobileNet, thin | 28.1 | 0.170 | 0.022 |
# | | −22.6 | 5.1 times faster | 2.6 times faster |
#
# Set beside ours, three things stand out.
#
# - **The price.** 22.6 points are not the price of separable blocks alone. The thin network is narrower
#   too (three quarters of MobileNet's width), and its backbone is weaker. To know what *one* change
#   costs, change one thing: that is what our dense form is for.
# - **The GPU.** There the saving is half as large. One possible reason: a GPU has far more arithmetic for
#   each byte that it can move, so its ridge lies further to the right, and depthwise layers are further from
#   its peak. Another: each layer has a fixed cost to start, and the thin network has many small layers. Kim's
#   figures do not tell which.
# - **The absolute figures.** 28.1 is on photographs of COCO. Ours is on rendered scenes, and the two
#   must not be compared.
#
# Two papers, which are not about speed, show what joints can be used for. *GANerated Hands* (Mueller
# et al., 2018, arXiv 1712.01057) tracks the 3D joints of a hand in an ordinary camera's image, trained
# on rendered hands that a network made look real. *Everybody Dance Now* (Chan et al., 2019, arXiv
# 1808.07371) finds a dancer's pose in one video and renders another person in that pose. Chapter 11
# comes back to both.
#
# ## 13 · Live (2 minutes)
#
# The frame rate stands in the corner. Compare:
#
# ```
# posekit live --model crowd
# posekit live --model crowd_mobile --side 256
# posekit export crowd_mobile --size 192x256 --out fast.onnx
# posekit live --model fast.onnx
# ```
#
# An exported file takes images of one size. 192 × 256 has the shape of most cameras, so no cell is
# spent on black. With `--int8` the export calibrates and quantises as section 9 did. `posekit export`
# compares the file's answers with PyTorch's, and writes nothing where they differ. `make web` builds a
# page that runs the exported network in a browser, on the visitor's own camera.

# %% [markdown]
# ## 14 · Your turn
#
# Four exercises, the last one hard, and an experiment. Write your answer in place of
# `raise NotImplementedError` and run the cell; `hint()` gives one hint at a time,
# `solution()` shows ours.

# %%
ex = exercises.chapter("06_depthwise_convolutions")

# %% [markdown]
# ### Exercise 1: count any convolution
#
# The multiply-accumulates of a convolution from its description. `shape` is that of its input,
# (channels, height, width). The input is padded with `padding` zeros on each of its four sides. With
# `groups` = g the channels are divided into g groups of equal size, and an output channel sees the
# input channels of its own group only: 1 is a plain convolution, and as many groups as channels is a
# depthwise one. Biases do not count.

# %%
def macs(shape, out_channels, kernel, stride, padding, groups):
    """(C, H, W), and five whole numbers. -> a whole number"""
    raise NotImplementedError


ex.macs.check(macs)
# ex.macs.hint()
# ex.macs.solution()

# %% [markdown]
# ### Exercise 2: a depthwise convolution by hand
#
# With NumPy alone. Each channel of `image` (C, H, W) is filtered by its own filter of `filters`
# (C, K, K), K odd. Beyond the border is 0, (K − 1) / 2 cells wide. Output cell (0, 0) is centred at
# input cell (0, 0), and the next one `stride` cells further. As in all networks, the filter is laid
# over the image as it is, and not turned around.

# %%
def depthwise(image, filters, stride):
    """(C, H, W), (C, K, K), a number. -> (C, ceil(H / stride), ceil(W / stride))"""
    raise NotImplementedError


ex.depthwise.check(depthwise)
# ex.depthwise.hint()
# ex.depthwise.solution()

# %% [markdown]
# ### Exercise 3: merge batch norm into the convolution
#
# In use, batch norm turns each channel $x$ into
# $\gamma\,(x - \mu) / \sqrt{\sigma^2 + \varepsilon} + \beta$, with numbers that no longer change. Find
# the weight and the bias of *one* convolution that does what a convolution without bias and the batch
# norm after it do. `weight` is (C_out, C_in / groups, K, K), the other four are (C_out,).

# %%
def fold_batch_norm(weight, gamma, beta, mean, variance, eps):
    """-> weight like the one given, and bias (C_out,)"""
    raise NotImplementedError


ex.fold_batch_norm.check(fold_batch_norm)
# ex.fold_batch_norm.hint()
# ex.fold_batch_norm.solution()

# %% [markdown]
# ### Exercise 4 (hard): the nearest separable convolution
#
# A depthwise convolution with filters $D$ (C_in, K, K), and after it a 1 × 1 convolution with weights
# $P$ (C_out, C_in), with nothing between them, do the same as one dense convolution with the weights
# $W_{o,c,i,j} = P_{o,c}\, D_{c,i,j}$. Most dense convolutions cannot be written so. Given the
# `weight` of any one, find the separable one that is **nearest**: the sum of the squared differences of
# all weights is as small as it can be. Return it as the dense weight $P_{o,c}\, D_{c,i,j}$, because
# $P$ and $D$ themselves are not unique (double the one, halve the other).

# %%
def nearest_separable(weight):
    """(C_out, C_in, K, K). -> (C_out, C_in, K, K), that of the nearest one"""
    raise NotImplementedError


ex.nearest_separable.check(nearest_separable)
# ex.nearest_separable.hint()
# ex.nearest_separable.solution()

# %% [markdown]
# ### An experiment: are large kernels cheap?
#
# In a separable block only the depthwise part grows with K². **Predict** for 64 channels at 64 × 64
# cells: how many times the MACs and how many times the milliseconds has a block with K = 7, compared
# with K = 3, in its separable and in its dense form? Begin with the cell below; try K = 3, 5, 7 and 9,
# both forms, and ONNX Runtime as well. (`export.to_onnx` takes networks whose input is an
# image, so put a 1 × 1 convolution from 3 to 64 channels before the block.) Write your conclusion in
# three sentences: is
# a large kernel cheap in MACs, is it cheap in milliseconds, and what would you change in the network of
# section 7?

# %%
def of_kernel(kernel):
    """MACs and milliseconds of a separable block of 64 channels at 64 x 64 cells."""
    block = separable_form(conv_bn_relu(64, 64, kernel=kernel)).eval()
    cells = torch.rand(1, 64, 64, 64)
    with torch.inference_mode():
        ms = timed({"": lambda: block(cells)}, ROUNDS)[""].fastest
    return sum(row.macs for row in layer_counts(block, cells.shape)), ms


for kernel in (3, 7):
    count, ms = of_kernel(kernel)
    print(f"K = {kernel}: {count / 1e6:5.1f} million MACs, {ms:.2f} ms")

# %% [markdown]
# <details><summary>What we found</summary>
#
# One core of an AMD EPYC (Zen 4 class), ms, the fastest of ten calls, 2026-11-28. In ONNX Runtime the
# 1 × 1 layer before the block counts too.
#
# | K | separable: million MACs | PyTorch | ONNX Runtime | dense: million MACs | PyTorch | ONNX Runtime |
# |---|---|---|---|---|---|---|
# | 3 | 19.1 | 0.98 | 0.70 | 151.0 | 3.3 | 2.9 |
# | 5 | 23.3 | 1.43 | 0.71 | 419.4 | 7.9 | |
# | 7 | 29.6 | 1.20 | 0.84 | 822.1 | 14.6 | 15.3 |
# | 9 | 38.0 | 1.70 | 1.06 | 1,359.0 | 23.3 | |
#
# From K = 3 to 7 a separable block takes 1.5 times the MACs and 1.2 times the milliseconds, a dense one
# 5.4 times the MACs and 4.4 to 5.3 times the milliseconds. A depthwise layer moves the same numbers
# whatever K is, so a larger kernel only raises its intensity (49 / 8 = 6.1 MACs per byte for K = 7) and
# moves it to the right under the roofline. In the network of section 7 we would give the coarse blocks a
# larger kernel: they would see further for almost nothing. Networks such as ConvNeXt (2022) do so.
#
# </details>

# %% [markdown]
# ## 15 · Recap
#
# - A **multiply-accumulate** is a product added to a sum; a convolution takes $K^2 C_\text{in}
#   C_\text{out} H W$ of them. Counters differ in their conventions, so compare within one.
# - A **depthwise** convolution filters each channel by itself, and a **pointwise** one mixes the
#   channels. Together they take $1/C_\text{out} + 1/K^2$ of a plain convolution's MACs: at best nearly
#   K² times fewer.
# - **Arithmetic intensity** is MACs per byte. Below the ridge of the **roofline** memory sets the highest speed
#   that a layer can reach. Depthwise layers lie there, and in PyTorch's default layout most of them stay well
#   below even that.
# - So MACs are not milliseconds. Measure, in turns, on the machine that counts.
# - A **runtime** that sees the whole network merges layers, and lets the saving arrive as time.
# - To know what a change costs, train the same network with and without it, and change nothing else.
# - When one stage is fast, the others become the limit: keep a **latency budget**.
#
# ### Quiz
#
# **1. A block of 3 × 3 convolutions from 256 to 256 channels becomes separable. How many times fewer
# MACs is that? And a 1 × 1 convolution from 256 to 256?**
#
# <details><summary>Answer</summary>
#
# 1 / (1/9 + 1/256) = 8.7 times fewer. The 1 × 1 convolution has no neighbourhood to look at: with K = 1
# the formula gives 1 + 1/256, a little *more* than before.
#
# </details>
#
# **2. A paper gives its network 300 million MACs, another one 580 million FLOPs. Which is smaller?**
#
# <details><summary>Answer</summary>
#
# If FLOPs count each multiplication and each addition, 580 million FLOPs are 290 million MACs, a little
# less than 300; but whether batch norm and activations are in either figure is unknown, and that
# alone can be 9 %. Nobody can tell from the two figures: count both with one counter.
#
# </details>
#
# **3. You replace every convolution by a separable one and the network is only twice as fast. A friend
# says that your processor is broken. What do you answer?**
#
# <details><summary>Answer</summary>
#
# The MACs that are gone are those that ran at the processor's peak. What remains moves nearly as many
# numbers as before: the depthwise layers do about one MAC per byte, and batch norm and ReLU none. PyTorch's
# default layout runs the depthwise ones below even what the memory allows.
# A runtime that merges layers, and a layout that suits them, bring more of the saving.
#
# </details>
#
# **4. Your measurement says that the network takes 5 ms alone and 9 ms when another program runs.
# Which number do you report?**
#
# <details><summary>Answer</summary>
#
# It depends on the question. To compare two networks: the fastest of several calls in turns, since
# other programs can only add time. To say what a user waits: the median, or the slow calls, on a
# machine that is as busy as theirs, named with the machine.
#
# </details>
#
# **5. After all levers the network takes a third of the frame's time. It is made twice as fast
# again. How much faster does the demo become?**
#
# <details><summary>Answer</summary>
#
# A third becomes a sixth, so the frame takes 5/6 of its time: 1.2 times as fast. Now the decoder,
# the resizing and the drawing are worth a look.
#
# </details>
#
# ### Where this comes from
#
# - Alejandro Solano, *Deep Learning for Human Pose Estimation*, EuroSciPy 2018: the talk from which
#   chapters 05 and 06 grew.
# - A. G. Howard et al., *MobileNets: Efficient Convolutional Neural Networks for Mobile Vision
#   Applications*, 2017.
# - L. Sifre, *Rigid-Motion Scattering for Image Classification*, PhD thesis, 2014; F. Chollet,
#   *Xception: Deep Learning with Depthwise Separable Convolutions*, CVPR 2017: the idea itself.
# - S. Williams, A. Waterman, D. Patterson, *Roofline*, Communications of the ACM, 2009.
# - B. Jacob et al., *Quantization and Training of Neural Networks for Efficient
#   Integer-Arithmetic-Only Inference*, CVPR 2018.
# - Ildoo Kim, *tf-pose-estimation*, 2018: OpenPose on a MobileNet, and its own measurements.
# - F. Mueller et al., *GANerated Hands for Real-Time 3D Hand Tracking from Monocular RGB*, CVPR 2018;
#   C. Chan, S. Ginosar, T. Zhou, A. Efros, *Everybody Dance Now*, ICCV 2019: what joints can be
#   used for.
#
# **Next:** chapter 07, where one network finds the pose, its visibility and the action.
