"""The figures of the recorded studies in chapters 06 to 11, each from its file of results."""

from __future__ import annotations

from .quoted import Figure, Source, cell, from_file, quoted, table

CH05 = "notebooks/src/05_part_affinity_fields.py"
CH06 = "notebooks/src/06_depthwise_convolutions.py"
CH07 = "notebooks/src/07_multitask_pose_and_action.py"
CH08 = "notebooks/src/08_3d_pose_machines.py"
CH09 = "notebooks/src/09_lstm_pose_machines.py"
CH10 = "notebooks/src/10_action_recognition.py"
CH11 = "notebooks/src/11_real_time_pose_and_action.py"
DECK06 = "slides/06_depthwise_convolutions.md"
DECK07 = "slides/07_multitask_pose_and_action.md"

# Two groupings: chapter 05.

GROUPINGS = "slides/groupings.json"
GROUPS = ("1", "2 to 4", "5 to 8", "9 to 20")


def _of_group(what: str):
    return lambda group: Source(GROUPINGS, ("groupings", "rows", {"people": group}, what))


BY_PEOPLE = [
    *table(
        CH05,
        "# | people in the image | 1 |",
        {
            "fields": _of_group("pafs"),
            "centres and offsets": _of_group("centres"),
            "the fields have more": _of_group("more"),
        },
        GROUPS,
    ),
    Figure(
        "AP of single people at 192 pixels",
        Source(GROUPINGS, ("groupings", "single", "AP")),
        ((CH05, r"first 100 of these images have an AP of\n# ([\d.]+)\. \*How"),),
    ),
]

# Crowds and speed: chapter 06, deck 06.

CROWD = "slides/crowd_speed.json"
SIDES = (128, 192, 256, 320, 384)


def _crowd_ap(network: str):
    return lambda side: Source(CROWD, ("accuracy", "AP", {"network": network, "side": side}, "AP"))


def _milliseconds(runtime: str, size: int = 256):
    row = {"runtime": runtime, "threads": 1, "size": size, "width": 1.0}
    return lambda key: Source(CROWD, ("speed", "latency", row | {"network": key}, "median"))


def _pair(network: str, other: str, *path):
    row = {"side": 256, "network": network, "other": other}
    return Source(CROWD, ("accuracy", "pairs", row, *path))


def _count(network: str):
    times = {"parameters": 1.0, "macs": 1e-6}
    row = {"network": network, "width": 1.0}
    return lambda key: Source(CROWD, ("speed", "counts", row, key), times[key])


CROWDS = [
    *table(
        CH06,
        "# | | 128 | 192 | 256",
        {
            "chapter 05": _crowd_ap("crowd"),
            "separable": _crowd_ap("crowd_mobile"),
            "dense, trained like the separable": _crowd_ap("crowd_mobile_dense"),
        },
        SIDES,
    ),
    *table(
        CH06,
        "| | weights | million MACs | AP |",
        {"`crowd_mobile`": _count("crowd_mobile"), "`crowd_mobile_dense`": _count("crowd")},
        ("parameters", "macs"),
    ),
    *(
        Figure(
            f"AP of {name} at 256 pixels",
            _crowd_ap(name)(256),
            ((CH06, cell(f"`{name}`", 3, "| | weights | million MACs | AP |")),),
        )
        for name in ("crowd_mobile", "crowd_mobile_dense")
    ),
    Figure(
        "AP of crowd at 256 pixels",
        _crowd_ap("crowd")(256),
        ((CH06, cell("chapter 05, sixty epochs", 3)),),
    ),
    *(
        Figure(
            f"what the blocks cost, {part or 'AP'}",
            _pair("crowd_mobile_dense", "crowd_mobile", *path),
            ((CH06, rf"difference and its 95 % interval \| \| \| {place}"),),
        )
        for part, path, place in (
            ("", ("loss",), r"([\d.]+) "),
            ("at least", ("interval", 0), r"[\d.]+ \(([\d.]+)–"),
            ("at most", ("interval", 1), r"[\d.]+ \([\d.]+–([\d.]+)\)"),
        )
    ),
    Figure(
        "AP of crowd_mobile in int8",
        _pair("crowd_mobile", "crowd_mobile int8", "AP", 1),
        ((CH06, r"In int8 the separable form has ([\d.]+) at 256"),),
    ),
    *(
        Figure(
            f"{name} on single rendered people",
            Source(f"posekit/checkpoints/{name}.json", ("metrics", "model", "pck")),
            ((CH06, rf"`{name}`,? (?:finds )?([\d.]+) %"),),
        )
        for name in ("heatmap", "heatmap_mobile")
    ),
    *(
        Figure(
            f"{network} at {side} pixels in ONNX Runtime",
            _milliseconds("ONNX Runtime", side)(network),
            ((CH06, place),),
        )
        for network, side, place in (
            ("crowd_mobile", 256, r"at 256 pixels takes ([\d.]+) ms for an AP"),
            ("crowd", 128, r"the dense form at 128 pixels ([\d.]+) ms"),
            ("crowd_mobile", 384, r"At 384 pixels the separable form takes ([\d.]+) ms"),
            ("crowd", 192, r"at 192 pixels the dense one ([\d.]+) ms"),
        )
    ),
    Figure(
        "GMACs of crowd_mobile",
        Source(CROWD, ("speed", "counts", {"network": "crowd_mobile", "width": 1.0}, "macs"), 1e-9),
        ((CH08, r"chapter 06's small one takes ([\d.]+)\n# GMAC"),),
    ),
    *table(
        CH06,
        "# | | chapter 05 | separable |",
        {
            "PyTorch": _milliseconds("eager"),
            "channels last": _milliseconds("channels last"),
            "bf16, channels last": _milliseconds("bf16"),
            "ONNX Runtime": _milliseconds("ONNX Runtime"),
            "int8, ONNX Runtime": _milliseconds("ONNX Runtime int8"),
            "OpenVINO": _milliseconds("OpenVINO"),
            "OpenVINO, bf16": _milliseconds("OpenVINO bf16"),
        },
        ("crowd", "crowd_mobile"),
    ),
    quoted(
        "COCO AP of OpenPose's network, of the talk",
        (CH06, cell("OpenPose's network (VGG19)", 1)),
        (DECK06, r"in the talk\. ([\d.]+) AP became"),
        ("slides/speed_scores.py", r'"OpenPose \(VGG19\)": \([\d.]+, ([\d.]+)\)'),
    ),
    quoted(
        "COCO AP of the thin MobileNet, of the talk",
        (CH06, cell("MobileNet, thin", 1)),
        (DECK06, r"AP became ([\d.]+):"),
        ("slides/speed_scores.py", r'"MobileNet, thin": \([\d.]+, ([\d.]+)\)'),
    ),
    quoted(
        "seconds of OpenPose's network on a laptop",
        (CH06, cell("OpenPose's network (VGG19)", 2)),
        ("slides/speed_scores.py", r'"OpenPose \(VGG19\)": \(([\d.]+),'),
    ),
    quoted(
        "seconds of the thin MobileNet on a laptop",
        (CH06, cell("MobileNet, thin", 2)),
        ("slides/speed_scores.py", r'"MobileNet, thin": \(([\d.]+),'),
    ),
]

# Actions from joints: chapters 07 and 10, deck 07, README.

PENN = "slides/penn_pose.json"
NO_COORDINATE = from_file(PENN, "without_coordinates")
SHOWN = ("fill_pattern", "clip_shape", "fill_and_shape")
PENN_ACTIONS = (
    ("baseball pitch", "golf_swing", "situp"),
    ("baseball swing", "jump_rope", "squat"),
    ("bench press", "jumping_jacks", "strum_guitar"),
    ("bowl", "pullup", "tennis_forehand"),
    ("clean and jerk", "pushup", "tennis_serve"),
)
ACTIONS = [
    Figure(
        "Penn Action, most frequent action",
        Source(PENN, ("most_frequent_action",)),
        (
            (CH07, cell("nothing: the most frequent action", 1)),
            (CH07, cell("most frequent action", 1)),
            (CH10, cell("Penn Action, the most frequent action", 2)),
        ),
    ),
    Figure(
        "Penn Action, which joints are seen",
        NO_COORDINATE(SHOWN[0]),
        (
            (CH07, cell("in which share of the frames", 1)),
            (CH07, cell("pattern of visible joints alone", 1)),
            (CH10, cell("Penn Action, which joints are seen", 2)),
        ),
    ),
    Figure(
        "Penn Action, length and size",
        NO_COORDINATE(SHOWN[1]),
        ((CH07, cell("length of the clip and size", 1)),),
    ),
    Figure(
        "Penn Action, both",
        NO_COORDINATE(SHOWN[2]),
        ((CH07, cell("besides, the number of frames", 1)), (CH07, cell("both", 1))),
    ),
    Figure(
        "Penn Action, the mean of three seeds",
        Source(PENN, ("accuracy",)),
        (
            (CH07, r"\*\*mean ([\d.]+), standard error"),
            (CH10, cell("Penn Action, chapter 07's network", 2)),
        ),
    ),
    Figure(
        "Penn Action, standard error",
        Source(PENN, ("standard_error_of_seeds",)),
        ((CH07, r"standard error ([\d.]+)\*\* \|"),),
    ),
    *(
        Figure(
            f"Penn Action, seed {seed}",
            Source(PENN, ("accuracy_of_each_seed", seed)),
            ((CH07, rf"three seeds \| (?:[\d.]+, ){{{seed}}}([\d.]+)[,:]"),),
        )
        for seed in range(3)
    ),
    *(
        figure
        for first, *others in PENN_ACTIONS
        for figure in table(
            CH07,
            "| action | right, % | action | right, %",
            {first: from_file(PENN, "by_action")},
            (first.replace(" ", "_"), None, others[0], None, others[1]),
        )
    ),
    *(
        Figure(name, Source(f"slides/{record}.json", keys), ((CH10, cell(name, 2)),))
        for name, record, keys in (
            ("rendered people, through BlazePose", "landmark_errors", ("windows_right",)),
            ("rendered people at a desk", "landmark_errors", ("at_a_desk", "right")),
            ("joints of real people", "real_actions", ("penn_action", "right")),
            ("real people through MediaPipe", "real_actions", ("windows_right",)),
        )
    ),
    Figure(
        "Penn Action, five streams",
        Source("slides/actions_penn.json", ("accuracy",)),
        ((CH10, cell("**Penn Action**, five streams", 2)),),
    ),
    Figure(
        "JHMDB, five streams",
        Source("slides/jhmdb_pose.json", ("accuracy",)),
        ((CH10, cell("**JHMDB**, five streams", 2)),),
    ),
    quoted(
        "the score of chapter 10's first network",
        (CH10, r"what a score of ([\d.]+) % is worth"),
        (CH10, r"right in ([\d.]+) % of its tests"),
        ("README.md", r"what a score of ([\d.]+) % is worth"),
    ),
    *(
        quoted(
            f"confidence that the talk calls accuracy, {name}",
            (CH07, rf"{name}(?:\n# | )action with accuracy ([\d.]+) %"),
            (DECK07, rf"{name} action with \*\*accuracy\*\* ([\d.]+) %"),
            (CH07, rf'\("{key}", ([\d.]+)\)'),
            ("slides/multitask_scores.py", rf'"{key}": ([\d.]+)'),
        )
        for name, key in (("Bench press", "bench_press"), ("Sit\\s(?:# )?ups", "situp"))
    ),
]
SPLITS = "slides/landmark_splits.json"
FOUR, TWO = "body_swing, hand_swing, head_shaking, run", "body_swing, hand_swing"


def _split(name: str):
    return lambda key: Source(SPLITS, ("classes", key[0], name, key[1]))


RECORDINGS = table(
    CH10,
    "| | four actions: windows | recordings |",
    {
        "by window": _split("by window"),
        "by recording": _split("by recording"),
        "by person": _split("by person"),
        "by person, prepared as in section 5": _split("by person, prepared"),
        "and 24 synthetic people to learn": _split("by person, prepared, synthetic people too"),
    },
    tuple((who, what) for who in (FOUR, TWO) for what in ("windows_right", "recordings_right")),
)

# One network for all tasks: chapter 07.

MULTITASK = "slides/multitask_study.json"


def _trained(row: str, places: str = "any"):
    return lambda key: Source(MULTITASK, ("means", {"row": row, "places": places}, key, 0))


ROWS = ("all tasks", "2D alone", "2D and 3D", "action alone")
KEYS = {
    "all tasks": ("pck", "mpjpe_mm", "pose", "appearance", "fusion"),
    "2D alone": ("pck",),
    "2D and 3D": ("pck", "mpjpe_mm"),
    "action alone": (None, None, "pose", "appearance", "fusion"),
}
SHARING = [
    figure
    for row, keys in KEYS.items()
    for labels, ending in (("all", ""), ("a tenth", ", a tenth"))
    for figure in table(
        CH07, "| trained for | labels | PCK", {f"{row} | {labels}": _trained(row + ending)}, keys
    )
]
PLACES = [
    figure
    for places in ("tied", "any", "swapped")
    for figure in table(
        CH07,
        "trained on tied places | pose",
        {f"tested on {places} places": _trained("all tasks, places tied", places)},
        ("pose", "appearance", "fusion"),
    )
]

# From the image into space: chapter 08.

LIFTING = "slides/lifting_study.json"
ERRORS = (None, "p1", "action_mean", "p2", "velocity")


def _lifted(network: str):
    return from_file(LIFTING, "lifted", "rows", {"network": network})


def _corrected(name: str):
    return lambda points: Source(
        LIFTING, ("correction", "rows", {"correction": name, "points": points}, "p1")
    )


DEPTH = [
    *(
        figure
        for row, name in (
            ("linear", "linear_humaneva"),
            ("temporal, 27 frames", "temporal_humaneva"),
            ("3D pose machine", "lifter_humaneva"),
        )
        for points, ending in (("3 px noise", ""), ("truth", "_truth"))
        for figure in table(
            CH08,
            "| network | points | P1 |",
            {f"{row} | {points}": _lifted(name + ending)},
            ERRORS[1:],
        )
    ),
    *(
        figure
        for person in ("S1", "S2", "S3")
        for figure in table(
            CH08,
            "| network | points | P1 |",
            {
                f"temporal, learnt without {person}": from_file(
                    LIFTING, "left_out", "rows", {"person": person}
                )
            },
            ERRORS,
        )
    ),
    *table(
        CH08,
        "| P1, mm (frames worse by over 1 mm)",
        {
            "not corrected": _corrected("none"),
            "two steps on the refiner": _corrected("refiner, 2 steps (the paper's)"),
            "a change of the code": _corrected("code"),
            "moving the joints, by a pinhole": _corrected("joints"),
        },
        ("truth", "noise", "faults"),
    ),
]

# Memory: chapter 09.

MEMORY, JOINTS = "slides/memory_study.json", "slides/joint_memory.json"
HIDDEN = ("occluded", "remembered", "hidden_1", "hidden_2", "hidden_3-4", "hidden_5+", "moving")
CASES = (*(("panned", case) for case in ("all", *HIDDEN)), ("none", "all"))


def _control(network: str, control: str):
    return lambda key: Source(MEMORY, (network, key[0], "controls", control, key[1], "pck"))


def _by_way(part: str):
    return from_file(MEMORY, "pose_machine", "by_way", part)


GAPS = ("1", "2", "3-4", "5-8", "9-16", "17+")
OF_SETS = {
    "Penn Action, 99,250 missing": "sets/penn_action",
    "JHMDB, mean of the three": "jhmdb, mean of splits",
}


def _missing(name: str, set_name: str):
    return from_file(JOINTS, *set_name.split("/"), "pck", name)


def _of_both(name: str):
    return lambda set_name: _missing(name, set_name)("missing")


MEMORIES = [
    *table(
        CH09,
        "| | all | hidden | remembered |",
        {
            "**kept**": _control("pose_machine", "kept"),
            "reset": _control("pose_machine", "reset"),
            "repeated": _control("pose_machine", "repeated"),
            "shuffled": _control("pose_machine", "shuffled"),
            "no memory": _control("pose_machine_no_memory", "reset"),
            "no memory + One-Euro": _control("pose_machine_no_memory", "one_euro"),
            "stacked": _control("pose_machine_stacked", "kept"),
        },
        CASES,
    ),
    *table(
        CH09,
        "| while the camera stands | all | hidden |",
        {
            "**kept**": _control("pose_machine", "kept"),
            "reset": _control("pose_machine", "reset"),
            "shuffled": _control("pose_machine", "shuffled"),
            "no memory": _control("pose_machine_no_memory", "reset"),
        },
        tuple(("both", case) for case in ("all", *HIDDEN[:-1])),
    ),
    *table(
        CH09,
        "| the hidden joint | joints | kept |",
        {
            "is within 0.2 of the torso": _by_way("stayed"),
            "has moved farther": _by_way("moved"),
            "is where it was last seen, but": _by_way("there_last"),
        },
        ("joints", "kept", "shuffled", "reset"),
    ),
    Figure(
        "remembered joints that are where they were last seen",
        _by_way("truth_last")("pck"),
        ((CH09, r"would be right for ([\d.]+) % of the remembered"),),
    ),
    Figure(
        "remembered joints that are where they were at any time",
        _by_way("truth_any")("pck"),
        ((CH09, r"with any one of them, for ([\d.]+) %"),),
    ),
    *table(
        CH09,
        "| sees the past alone | Penn Action |",
        {
            "the last given place": _of_both("held"),
            "the same + One-Euro": _of_both("one_euro"),
            "constant velocity": _of_both("constant_velocity"),
            "LSTM, state **kept**": _of_both("LSTM, kept"),
            "the same weights, state **reset**": _of_both("LSTM, reset"),
            "the same weights, past **shuffled**": _of_both("LSTM, shuffled"),
        },
        tuple(OF_SETS.values()),
    ),
    *(
        figure
        for heading, set_name in OF_SETS.items()
        for figure in table(
            CH09,
            heading,
            {
                "the last given place": _missing("held", set_name),
                "constant velocity": _missing("constant_velocity", set_name),
                "LSTM, kept": _missing("LSTM, kept", set_name),
                "LSTM, reset": _missing("LSTM, reset", set_name),
                "LSTM, shuffled": _missing("LSTM, shuffled", set_name),
            },
            GAPS,
        )
    ),
]

# Several people at once: chapter 11.

LIVE = "slides/live_actions.json"


def _live(key: str, times: float = 100.0):
    return lambda people: Source(LIVE, (people, key), times)


def _delay(exercise: str):
    return lambda key: Source(LIVE, ("delay", exercise, key))


SEVERAL = [
    *table(
        CH11,
        "| every action of the network, once a window is full |",
        {
            "windows whose likeliest action": _live("windows_right"),
            "person-frames that have a name": _live("named"),
            "names that are right": _live("names_right"),
            "milliseconds a frame, behind": _live("milliseconds", 1.0),
        },
        ("several", "twenty"),
    ),
    *table(
        CH11,
        "| from the first frame of an exercise to its name",
        {name.replace("_", " "): _delay(name) for name in ("squat", "jumping_jacks")},
        ("median_frames", "late_frames"),
    ),
]

FIGURES = [
    *BY_PEOPLE,
    *CROWDS,
    *ACTIONS,
    *RECORDINGS,
    *SHARING,
    *PLACES,
    *DEPTH,
    *MEMORIES,
    *SEVERAL,
]
