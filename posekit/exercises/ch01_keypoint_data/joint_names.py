"""Names of joints that the exercises of this chapter try."""

LSP = [
    "right_ankle",
    "right_knee",
    "right_hip",
    "left_hip",
    "left_knee",
    "left_ankle",
    "right_wrist",
    "right_elbow",
    "right_shoulder",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
    "neck",
    "head_top",
]


FACE = ["nose", "left_eye", "right_eye", "left_ear", "right_ear"]


ODD = ["right_hand", "chin", "left_foot", "bright_spot", "left_hand", "leftover", "right_foot"]
