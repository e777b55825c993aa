"""A person out of a 640x480 image, turned and enlarged, at 256x256, with 17 keypoints.

Every peer shows the same 400x400 pixels of the image, turned by 20 degrees and enlarged by
1.1; `check` compares what comes out, so that no ratio is between different pieces of work.
posekit and cv2 resample once; the other chains two or three times (Affine, CenterCrop,
Resize), which is how their users do it.
"""

import cv2
import measure
import numpy as np

from posekit import geometry

SIDE, SIZE, ANGLE, SCALE = 400, 256, 20, 1.1
BOX = (319.5 - SIDE / 2, 239.5 - SIDE / 2, 319.5 + SIDE / 2, 239.5 + SIDE / 2)
NAME = "crop 640x480 to 256x256, 17 keypoints"


def scene():
    """A smooth colourful image and 17 keypoints well inside of what the crop shows."""
    rng = np.random.default_rng(0)
    image = cv2.resize(
        rng.integers(0, 255, (12, 16, 3), dtype=np.uint8), (640, 480), interpolation=cv2.INTER_CUBIC
    )
    return image, rng.uniform((220, 140), (420, 340), (17, 2)).astype(np.float32)


def albumentations(image, keypoints):
    modules = measure.load("albumentations")
    if isinstance(modules, str):
        return modules
    (A,) = modules  # its angles turn the other way
    chain = A.Compose(
        [
            A.Affine(rotate=(-ANGLE, -ANGLE), scale=(SCALE, SCALE), p=1),
            A.CenterCrop(SIDE, SIDE),
            A.Resize(SIZE, SIZE),
        ],
        keypoint_params=A.KeypointParams("xy", remove_invisible=False),
    )

    def run():
        out = chain(image=image, keypoints=keypoints)
        return out["image"], out["keypoints"]

    return run


def torchvision_v2(image, keypoints):
    import torch
    from torchvision import tv_tensors
    from torchvision.transforms import InterpolationMode, v2

    # No antialiasing: posekit's single tap has none, and with it this peer is slower still.
    chain = v2.Compose(
        [
            v2.RandomAffine(
                (ANGLE, ANGLE), scale=(SCALE, SCALE), interpolation=InterpolationMode.BILINEAR
            ),
            v2.CenterCrop(SIDE),
            v2.Resize((SIZE, SIZE), antialias=False),
        ]
    )
    # Held as its users hold them: a channels-first tensor, made before the clock runs.
    picture = tv_tensors.Image(torch.from_numpy(image).permute(2, 0, 1).contiguous())
    points = tv_tensors.KeyPoints(torch.from_numpy(keypoints), canvas_size=image.shape[:2])

    def run():
        out, moved = chain(picture, points)
        return out, moved

    return run


def kornia(image, keypoints):
    modules = measure.load("kornia.augmentation", "torch")
    if isinstance(modules, str):
        return modules
    K, torch = modules
    chain = K.AugmentationSequential(
        K.RandomAffine((ANGLE, ANGLE), scale=(SCALE, SCALE), p=1.0),
        K.CenterCrop(SIDE),
        K.Resize((SIZE, SIZE)),
        data_keys=["input", "keypoints"],
    )
    picture = torch.from_numpy(image).permute(2, 0, 1)[None].contiguous()
    points = torch.from_numpy(keypoints)[None]

    def run():
        out, moved = chain(picture.float(), points)
        return out[0], moved[0]

    return run


def check(run, crop) -> str:
    """Why what ``run`` gives is not the same crop; empty if it is."""
    image, points = (np.asarray(x) for x in run())
    image = image.transpose(1, 2, 0) if image.shape[0] == 3 else image
    inner = (slice(16, -16), slice(16, -16))  # borders are filled differently
    off = np.abs(image[inner].astype(float) - crop.image[inner]).mean()
    moved = np.linalg.norm(points - crop.keypoints, axis=-1).max()
    same = off < 4 and moved < 1.5
    return "" if same else f"not the same work: {off:.1f} grey levels, {moved:.1f} pixels apart"


def main():
    measure.one_thread()
    image, keypoints = scene()
    visible = np.full(17, 2, np.uint8)

    def ours():
        return geometry.crop(image, keypoints, visible, BOX, SIZE, rotation=ANGLE, scale=SCALE)

    crop = ours()

    def bare():
        return cv2.warpAffine(image, crop.matrix, (SIZE, SIZE), flags=cv2.INTER_LINEAR)

    peers = {"cv2.warpAffine, image only": (bare, 0.87)}
    for peer, build, goal in (
        ("albumentations 2.0.8", albumentations, 4),
        ("torchvision v2", torchvision_v2, 20),
        ("kornia sequential", kornia, 20),
    ):
        run = build(image, keypoints)
        why = run if isinstance(run, str) else check(run, crop)
        peers[peer] = (None, goal, why) if why else (run, goal)
    measure.finish(measure.compare(NAME, ours, peers))


if __name__ == "__main__":
    main()
