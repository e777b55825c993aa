"""Count the multiply-accumulates of any convolution."""

from __future__ import annotations

from ..core import Case, CommonMistake, Exercise


def macs(shape, out_channels, kernel, stride, padding, groups):
    """The multiply-accumulates of a convolution, a whole number.

    shape: (channels, height, width) of its input. kernel: side of its square filters. padding:
    zeros added on each of the four sides. groups: an output channel sees the input channels of its
    own group only.
    """
    channels, height, width = shape
    rows = (height + 2 * padding - kernel) // stride + 1
    columns = (width + 2 * padding - kernel) // stride + 1
    products = kernel**2 * (channels // groups)  # in each number of the output
    return products * out_channels * rows * columns


# What is said where a case fails.
PLAIN = (
    "Each of the 4 x 8 x 10 numbers of the output is a sum of 5 x 5 x 2 products: 16,000. With "
    "padding 2 the output is as large as the input. Return a whole number: divide with `//`, not "
    "with `/`."
)
HALF = (
    "With stride 2 the output has 8 x 16 cells, and it is the output's cells that count: "
    "9 x 3 x 5 x 8 x 16 = 17,280."
)
BARE = (
    "Without padding a filter of 3 cells fits into 10 cells at 8 places, and into 12 at 10: "
    "(length + 2 padding - kernel) // stride + 1."
)
ALONE = (
    "With as many groups as channels each output channel sees one input channel: 9 products for "
    "each of 8 x 6 x 6 numbers, 2,592."
)
FOUR = (
    "With 4 groups of 2 channels each output channel sees 2 input channels. There are still "
    "12 output channels: 9 x 2 x 12 x 6 x 6 = 7,776."
)
ODD = "A side of 15 with kernel 5, padding 2 and stride 2 gives (15 + 4 - 5) // 2 + 1 = 8 cells."
ONES = "A 1 x 1 filter at stride 2 lies on cells 0, 2, ..., 8 of 9: on 5 of them, rounded up."
LEFT_OVER = (
    "8 cells, kernel 3, no padding, stride 2: the filter begins at cells 0, 2 and 4, and not at 6."
)
LARGE = "A whole layer of a real network: no rounding on the way, so `//` and not `/`."


def _cases(rng):
    yield Case("a plain convolution", ((2, 8, 10), 4, 5, 1, 2, 1), PLAIN)
    yield Case("with stride 2", ((3, 16, 32), 5, 3, 2, 1, 1), HALF)
    yield Case("an odd side and stride 2", ((6, 15, 9), 6, 5, 2, 2, 1), ODD)
    yield Case("without padding", ((2, 10, 12), 4, 3, 1, 0, 1), BARE)
    yield Case("a depthwise one", ((8, 6, 6), 8, 3, 1, 1, 8), ALONE)
    yield Case("with four groups", ((8, 6, 6), 12, 3, 1, 1, 4), FOUR)
    yield Case("a 1 x 1 convolution with stride 2", ((4, 9, 9), 3, 1, 2, 0, 1), ONES)
    yield Case("a side where cells are left over", ((2, 8, 8), 3, 3, 2, 0, 1), LEFT_OVER)
    yield Case("a layer of OpenPose", ((185, 46, 46), 128, 7, 1, 3, 1), LARGE)


def _macs(shape, out_channels, kernel, stride, padding, groups, sides=1, more=1, square=2):
    """The reference with another padding, another length, or another power of the kernel."""
    rows, columns = (
        (length + 2 * sides * padding - kernel) // stride + more for length in shape[1:]
    )
    return kernel**square * (shape[0] // groups) * out_channels * rows * columns


def _of_the_input(shape, out_channels, kernel, stride, padding, groups):
    channels, height, width = shape
    return kernel**2 * (channels // groups) * out_channels * height * width


def _divided(shape, out_channels, kernel, stride, padding, groups, up=0):
    """The output's sides as the input's over the stride, rounded down or up."""
    rows, columns = ((length + up * (stride - 1)) // stride for length in shape[1:])
    return kernel**2 * (shape[0] // groups) * out_channels * rows * columns


EXERCISE = Exercise(
    macs,
    "Count the multiply-accumulates of any convolution.",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda *args: 2 * macs(*args),
            "These are FLOPs, two for each multiply-accumulate: count the pair once.",
        ),
        CommonMistake(
            lambda *args: macs(*args) + macs(*args) // (args[2] ** 2 * (args[0][0] // args[5])),
            "You count the bias as well, one more for each number of the output: leave it out.",
        ),
        CommonMistake(
            lambda s, o, k, *rest: k**2 * (s[0] // rest[2]) * o,
            "These are the weights. Each of them is used once in every cell of the output.",
        ),
        CommonMistake(
            lambda *args: _macs(*args, square=1), "A filter has kernel x kernel cells: square it."
        ),
        CommonMistake(
            lambda *args: macs(*args) // args[1],
            "This is one output channel: multiply by `out_channels`.",
        ),
        CommonMistake(
            lambda *args: _macs(*args, more=0),
            "Your output is one cell too small on each side: a filter as long as the input fits "
            "once, so 1 is added.",
        ),
        CommonMistake(
            lambda *args: _macs(*args, sides=0.5),
            "The padding is added on both sides: the input grows by twice as much.",
        ),
        CommonMistake(
            _of_the_input,
            "You multiply by the cells of the input: a stride or a missing padding makes the "
            "output smaller, and each number of the *output* has its products.",
        ),
        CommonMistake(
            _divided,
            "You divide the sides by the stride and leave out what padding and kernel do: "
            "(length + 2 padding - kernel) // stride + 1.",
        ),
        CommonMistake(
            lambda *args: _divided(*args, up=1),
            "You divide the sides by the stride, rounded up, which holds only where the padding is "
            "half of the kernel: (length + 2 padding - kernel) // stride + 1.",
        ),
        CommonMistake(
            lambda *args: macs(*args[:5], 1),
            "You leave `groups` out: an output channel sees channels / groups input channels.",
        ),
        CommonMistake(
            lambda *args: macs(*args) // args[5],
            "You divide by the number of groups twice. One group has 1 / groups of the inputs and "
            "1 / groups of the outputs, and there are as many as `groups` of them.",
        ),
    ),
    hints=(
        "How many numbers does the output have? And how many products are summed for each?",
        "The output has (length + 2 padding - kernel) // stride + 1 cells along a side of "
        "`length` cells, and `out_channels` channels.",
        "Each number is a sum of kernel x kernel x (channels // groups) products.",
    ),
    explanation="With groups = 1 this is the formula of section 3; with as many groups as channels "
    "it is K² C H W, the depthwise layer. Between the two lie the grouped convolutions of AlexNet "
    "(2 groups, because one GPU was too small) and of ResNeXt (32). posekit's `layer_counts` uses "
    "the same count, with the shapes that PyTorch itself reports.",
)
