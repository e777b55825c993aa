"""BlazePose in video mode through posekit, against MediaPipe's own calls and nothing else.

The video is the portrait that ships with matplotlib, drifting about under a slow zoom, so
that one person is followed in every frame. Each contestant has a landmarker of its own, and
both see every frame, in order.
"""

import math
import time

import cv2
import measure
import numpy as np

from posekit import geometry, live
from posekit.live import quiet_stderr, read_image

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
        matrix = geometry.crop_matrix(
            box, (480, 640), scale=1 + 0.1 * math.sin(phase), shift=(0.1 * math.cos(phase), 0)
        )
        made.append(geometry.warp(image, matrix, (480, 640)))
    return np.stack(made)


def bare(bundle):
    """MediaPipe as its guide calls it, with the result's landmarks left as they come."""
    import mediapipe
    from mediapipe.tasks.python import vision

    landmarker = vision.PoseLandmarker.create_from_options(
        vision.PoseLandmarkerOptions(
            base_options=mediapipe.tasks.BaseOptions(model_asset_path=str(bundle)),
            running_mode=vision.RunningMode.VIDEO,
        )
    )

    def detect(image, time_ms):
        frame = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=image)
        return len(landmarker.detect_for_video(frame, time_ms).pose_landmarks)

    return detect, landmarker


def clock(detect, image, time_ms) -> float:
    """Milliseconds for one frame, on which the person must be found."""
    start = time.perf_counter()
    found = detect(image, time_ms)
    elapsed = 1000 * (time.perf_counter() - start)
    assert found == 1, f"{found} people found at {time_ms} ms"
    return elapsed


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
        peer(video[0], 0)
    with landmarker, live.BlazePose(bundle, video=True) as net:
        contestants = {"posekit": lambda image, ms: len(net.detect(image, ms)), PEER: peer}
        for t in range(ROUNDS * FRAMES):
            # In turns, frame by frame, and each of the two goes first half of the time.
            for who in sorted(contestants, reverse=bool(t % 2)):
                taken[who].append(clock(contestants[who], video[t % FRAMES], 33 * (t + 1)))
    return measure.finish([measure.timed(row, taken)])


if __name__ == "__main__":
    main()
