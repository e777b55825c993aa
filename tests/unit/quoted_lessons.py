"""The figures of chapters 00 to 04 that are quoted in more than one place, or come from a file."""

from __future__ import annotations

from .quoted import NUMBER, Figure, Source, cell, from_file, quoted, table

CH00 = "notebooks/src/00_live_demo.py"
CH01 = "notebooks/src/01_keypoint_data.py"
CH02 = "notebooks/src/02_coordinate_regression.py"
CH03 = "notebooks/src/03_heatmaps.py"
CH04 = "notebooks/src/04_soft_argmax.py"
DECK00 = "slides/00_live_demo.md"
DECK01 = "slides/01_keypoint_data.md"
DECK02 = "slides/02_coordinate_regression.md"

# Coordinate regression on photographs: chapters 02 and 03, deck 02.

LSPET = "slides/lspet_study.json"
SETS = ("lspet_5501_6000", "lsp_1001_2000")
SCORES = tuple((part, metric) for part in SETS for metric in ("mse", "pck"))
LSPET_ROWS = {
    "mean pose": from_file(LSPET, "cnn_lspet", "mean_pose"),
    "backbone of section 9, from scratch": from_file(LSPET, "lite_scratch_lspet", "model"),
    "plain CNN, from scratch": from_file(LSPET, "cnn_lspet", "model"),
    "**the same backbone, from ImageNet's weights**": from_file(LSPET, "lite_lspet", "model"),
}
EPOCHS = (0, 5, 10, 15, 20, 25, 29)
LOSS_ROWS = {
    "plain CNN": from_file(LSPET, "cnn_lspet", "loss"),
    "backbone, from scratch": from_file(LSPET, "lite_scratch_lspet", "loss"),
    "backbone, from ImageNet": from_file(LSPET, "lite_lspet", "loss"),
}
LSP_TEST = (("lsp_1001_2000", "pck"),)
CHAPTER_02_IN_03 = {
    "mean pose of LSP extended": from_file(LSPET, "cnn_lspet", "mean_pose"),
    "plain CNN, coordinates (chapter 02)": from_file(LSPET, "cnn_lspet", "model"),
    "backbone that knows ImageNet, coordinates (chapter 02)": from_file(
        LSPET, "lite_lspet", "model"
    ),
}
COORDINATES = [
    *table(CH02, "| | MSE, LSP extended | PCK", LSPET_ROWS, SCORES),
    *table(CH02, "| MSE while training, augmented |", LOSS_ROWS, EPOCHS),
    *table(CH03, "| network | learnt from |", CHAPTER_02_IN_03, (None, *LSP_TEST)),
    Figure(
        "the plain CNN's MSE beside Djeddou's",
        from_file(LSPET, "cnn_lspet", "model")(SCORES[0]),
        ((CH02, cell("CNN", 2, "| | LSP extended, Djeddou et al.")),),
    ),
    quoted(
        "pretrained backbone over CNN",
        (CH02, r"148\.2 / 248\.0 = \*\*([\d.]+)"),
        (CH02, cell("second row / first row", 2)),
        (DECK02, r"Pretrained backbone / CNN = \*\*([\d.]+)"),
    ),
    quoted(
        "the same backbone from scratch over CNN",
        (CH02, r"374\.6 / 248\.0 = \*\*([\d.]+)"),
        (DECK02, r"from scratch / CNN = \*\*([\d.]+)"),
    ),
    quoted(
        "Djeddou's ResNet over his CNN",
        (CH02, r"28\.58 / 38\.19 = \*\*([\d.]+)"),
        (CH02, r"which side wins\. Djeddou's\n# ([\d.]+) lies"),
        (CH02, cell("second row / first row", 1)),
        (DECK02, r"Djeddou and others: \*\*([\d.]+)"),
    ),
    quoted(
        "the shipped CNN on LSP's photographs",
        (CH02, r"CNN 54\.0 px², PCK ([\d.]+) %"),
        (CH03, r"where chapter 02's CNN found ([\d.]+) %"),
    ),
    quoted(
        "the rendered people's mean pose on LSP's photographs",
        (CH02, r"mean pose of the rendered people 67\.5 px², ([\d.]+) %"),
        (CH04, cell("mean pose of the rendered people", 1).replace(NUMBER, rf"PCK {NUMBER}")),
    ),
]
DJEDDOU = [
    quoted(
        f"Djeddou and others, {network}, {part}",
        (CH02, cell(network, column, "# | | LSP extended, 14 joints | MPII, 16 joints |")),
        (CH02, cell(network, 2 * column - 1, "| | LSP extended, Djeddou et al.")),
        (DECK02, rf"\| {network} \|(?:[^|\n]*\|){{{column - 1}}} {NUMBER}"),
    )
    for network in ("CNN", "ResNet-50")
    for column, part in ((1, "LSP extended"), (2, "MPII"))
]

# Heatmaps on photographs: chapters 03 and 04.

HEATMAPS = [
    quoted(
        "heatmap_photos on LSP's test, three sizes and the mirror image",
        (CH03, cell("**`heatmap_photos`**, 2.5 M parameters", 2)),
        (CH03, r"with their mirror images give the ([\d.]+) %"),
    ),
    Figure(
        "parameters of heatmap_photos",
        Source("posekit/checkpoints/heatmap_photos.json", ("parameters",), 1e-6),
        ((CH03, r"`heatmap_photos`\*\*, ([\d.]+) M parameters"),),
    ),
    Figure(
        "parameters of soft_argmax",
        Source("posekit/checkpoints/soft_argmax.json", ("parameters",), 1e-6),
        ((CH04, r"It has ([\d.]+) million parameters"),),
    ),
    quoted(
        "heatmap on LSP's photographs",
        (CH03, r"801–1000 it finds \*\*([\d.]+) %\*\*"),
        (CH04, r"`heatmap`: rendered people, maps \| PCK \*\*([\d.]+) %"),
    ),
    quoted(
        "heatmap_photos by the fit",
        (CH04, r"then photographs \| PCK \*\*([\d.]+) %"),
        (CH04, r"has a PCK of ([\d.]+) % by the fit"),
    ),
    quoted(
        "heatmap_photos by soft-argmax",
        (CH04, r"then photographs \|[^|]*\| PCK ([\d.]+) %"),
        (CH04, r"by the fit and ([\d.]+) % by\n# soft-argmax"),
    ),
    quoted(
        "MSE of heatmap_photos by soft-argmax",
        (CH04, r"PCK 74\.0 %, MSE \*\*([\d.]+) px²"),
        (CH04, r"and an MSE of 87\.6 px² and ([\d.]+) px²"),
    ),
]

# Labels: chapter 01, decks 01 and 02.

LABELS = [
    quoted(
        "mean pose on LSP, by the torso",
        (CH01, r"on the real LSP ([\d.]+) % by the torso"),
        (CH01, cell("mean pose, PCK@0.2 of the **torso**", 1)),
        (CH01, r"and B's is ([\d.]+) %"),
        (DECK01, r"its score on LSP: ([\d.]+) percent"),
        (DECK02, r"and ([\d.]+) percent at 0\.2 of the torso"),
    ),
    quoted(
        "mean pose on LSP, by the box",
        (CH01, r"by the torso and ([\d.]+) % by the\n# box"),
        (CH01, r"\"0\.2 of the box\" starts from ([\d.]+)\. "),
        (CH01, cell("mean pose, PCK@0.2 of the **box**", 1)),
        (CH01, r"true box, is ([\d.]+) % on LSP"),
        (DECK01, r"with the torso as the length, ([\d.]+) percent"),
        (DECK01, r"divides by the box starts from ([\d.]+) for"),
        (DECK02, r"scores ([\d.]+) percent on LSP at 0\.2 of the box"),
    ),
    quoted(
        "LSP's neck from the middle of the shoulders, of the torso",
        (CH01, r"the neck is ([\d.]+) % of the torso"),
        (DECK01, r"lies ([\d.]+) percent of the torso"),
    ),
    quoted(
        "people whose made-up neck alone is a miss",
        (CH01, r"in the mean, and for (\d+) % of the people"),
        (DECK01, r"for (\d+) percent of the people that alone is a miss"),
    ),
    quoted(
        "unlabelled joints of LSP extended",
        (CH01, r"the\n# ([\d,]+) unlabelled joints"),
        (CH01, r"\| joints unlabelled \| none \| ([\d,]+) \("),
        (DECK01, r"explains all ([\d,]+) unlabelled"),
    ),
    quoted(
        "their share",
        (CH01, r"\| joints unlabelled \| none \| [\d,]+ \((\d+) %"),
        (CH02, r"In LSP extended (\d+) % of the joints"),
        (DECK01, r"(\d+) % of the joints have flag 0"),
        (DECK02, r"In LSP extended, \*\*(\d+) %"),
    ),
    quoted(
        "junk's share of an unmasked squared error",
        (CH01, r"unmasked squared error \| – \| (\d+) %"),
        (DECK01, r"Note: 2 min\. (\d+) percent on the real file"),
    ),
    quoted(
        "LSP's occluded joints",
        (CH01, r"In the real LSP ([\d.]+) % of the joints are occluded"),
        (CH01, r"of the labelled, occluded \| 2,044 \(([\d.]+) %"),
    ),
    quoted(
        "LSP's occluded joints, counted",
        (CH01, r"of the labelled, occluded \| ([\d,]+) "),
        (DECK01, r" ([\d,]+)  of these occluded"),
    ),
    quoted(
        "frames on which BlazePose has all three people",
        (CH00, cell("`poses=3`: frames", 4)),
        (CH00, r"all three on its last (\d+) frames"),
        (DECK00, r"all three on (\d+) of 393 frames"),
    ),
    quoted(
        "frames of that video",
        (CH00, r"3 small people, (\d+) frames"),
        (DECK00, r"on 16 of (\d+) frames"),
    ),
]

# What each lever gives on photographs: chapter 03.

LEVERS = "slides/levers.json"
LEVER_ROWS = {
    "as it is, 96": "as it is, 96 px",
    "64 × 64": "64 px",
    "128 × 128 pixels": "128 px",
    "from scratch, without ImageNet": "from scratch",
    "one image in seven": "one in seven rendered",
    "neither turned nor scaled": "not turned, not scaled",
    "turned and scaled less": "turned and scaled less",
    "squared error in place": "squared error",
    "targets of σ = 1 cell": "targets of 1 cell",
    "targets of σ = 2.5": "targets of 2.5 cells",
    "the last weights": "no average of the weights",
    "the small network above": "the network of chapter 03",
}
GAINS = list(
    table(
        CH03,
        "| what is changed | one look |",
        {name: from_file(LEVERS, {"row": row}) for name, row in LEVER_ROWS.items()},
        ("pck", "flip", "flip_and_scales"),
    )
)

FIGURES = COORDINATES + DJEDDOU + HEATMAPS + LABELS + GAINS
