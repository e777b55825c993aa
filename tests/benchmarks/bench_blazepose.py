"""BlazePose in video mode through posekit, against MediaPipe's own calls and nothing else.

The video is the portrait that ships with matplotlib, drifting about under a slow zoom, so
that one person is followed in every frame. Each contestant has a landmarker of its own, which
sees every frame once a round, in order.
"""

import math
import time

import cv2
import measure
import numpy as np

from posekit import geometry, live
from posekit.video import quiet_stderr, read_image

NAME, PEER, GOAL = "blazepose 640x480, video mode, one frame", "bare mediapipe", 0.9
FRAMES, ROUNDS = 60, 9


def frames():
    """(FRAMES, 480, 640, 3) uint8: the portrait on a swaying, breathing crop."""
    from matplotlib.cbook import get_sample_data

    image = read_image(get_sample_data("grace_hopper.jpg", asfileobj=False))
    box = geometry.image_box(*image.shape[:2])
    made = []
    for t in range(FRAMES):
        phase = 2 * math.pi * t / FRAMES
        matrix = geometry.crop_matrix(box, (480, 640), scale=1 + 0.1 * math.sin(phase),
                                      shift=(0.1 * math.cos(phase), 0))  # fmt: skip
        made.append(geometry.warp(image, matrix, (480, 640)))
    return np.stack(made)


def bare(bundle):
    """MediaPipe as its guide calls it, with the result's landmarks left as they come."""
    import mediapipe
    from mediapipe.tasks.python import vision

    landmarker = vision.PoseLandmarker.create_from_options(vision.PoseLandmarkerOptions(
        base_options=mediapipe.tasks.BaseOptions(model_asset_path=str(bundle)),
        running_mode=vision.RunningMode.VIDEO))  # fmt: skip

    def detect(image, time_ms):
        frame = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=image)
        return len(landmarker.detect_for_video(frame, time_ms).pose_landmarks)

    return detect, landmarker


def pass_over(video, detect, start_ms):
    """Milliseconds a frame over the whole video, and in how many frames one was found."""
    start, found = time.perf_counter(), 0
    for t, image in enumerate(video):
        found += detect(image, start_ms + 33 * t)
    return 1000 * (time.perf_counter() - start) / len(video), found


def main():
    row = {"name": NAME, "peer": PEER, "ratio": None, "goal": GOAL}
    bundle = live.bundle_path()
    if bundle is None:
        why = "the BlazePose bundle is not here: posekit data get mediapipe_pose"
        return measure.finish([{**row, "why": why}])
    cv2.setNumThreads(1)  # MediaPipe's own threads are its own in both
    video, taken = frames(), {"posekit": [], PEER: []}
    with quiet_stderr():
        peer, landmarker = bare(bundle)
        pass_over(video, peer, 0)
    with landmarker, live.BlazePose(bundle, video=True) as net:
        contestants = {"posekit": lambda image, ms: len(net.detect(image, ms)), PEER: peer}
        for turn in range(1, ROUNDS + 1):
            for who in sorted(contestants, reverse=bool(turn % 2)):
                ms, found = pass_over(video, contestants[who], 10_000 * turn)
                assert found == FRAMES, f"{who} found one person in {found} of {FRAMES} frames"
                taken[who].append(ms)
    return measure.finish([measure.timed(row, taken)])


if __name__ == "__main__":
    main()
