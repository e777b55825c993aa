"""`normal` is frozen: what a seed gives may change only together with `synthetic.VERSION`.

The figures are of the version named below. Labels are pure arithmetic and held to 1e-3;
pictures go through cv2, whose versions differ by a rounding here and there, and are held to
two levels of each channel"s mean. After a wanted change: raise `VERSION`, run this file as a
program, and put what it prints in place of `FROZEN`.
"""

import numpy as np
import pytest

from posekit import synthetic
from posekit.synthetic import Clips, People

VERSION = "1.0"
FROZEN = {
    "person 0": {
        "rgb": [144.44, 146.96, 148.51],
        "spread": 47.35,
        "keypoints": [[81.0675, 91.0336], [59.261, 118.9151], [38.0923, 45.4934]],
        "depth": 5.76585,
        "visible": [0, 0, 14],
    },
    "person 1": {
        "rgb": [126.18, 122.71, 125.47],
        "spread": 28.04,
        "keypoints": [[13.6282, 89.8071], [35.7266, 91.1651], [52.6101, 44.8844]],
        "depth": 4.84733,
        "visible": [0, 5, 9],
    },
    "person 2": {
        "rgb": [94.04, 103.15, 56.34],
        "spread": 31.31,
        "keypoints": [[33.6458, 104.5725], [39.1829, 101.0592], [43.6875, 28.827]],
        "depth": 7.81576,
        "visible": [0, 3, 11],
    },
    "person 33": {
        "rgb": [134.17, 114.27, 140.38],
        "spread": 36.97,
        "keypoints": [[104.2703, 105.8136], [89.5936, 101.3138], [20.0858, 114.572]],
        "depth": 5.24255,
        "visible": [0, 4, 10],
    },
    "person 500": {
        "rgb": [147.0, 142.1, 140.28],
        "spread": 57.15,
        "keypoints": [[13.6592, 111.3469], [24.9533, 88.2808], [10.5972, 37.0469]],
        "depth": 7.92441,
        "visible": [0, 0, 14],
    },
    "person 999": {
        "rgb": [104.02, 123.71, 97.82],
        "spread": 55.13,
        "keypoints": [[108.3202, 91.1217], [112.0258, 91.9606], [107.3117, 18.7469]],
        "depth": 5.54009,
        "visible": [0, 8, 6],
    },
    "five 0": {
        "rgb": [148.71, 144.89, 115.93],
        "spread": 57.56,
        "keypoints": [
            [105.235, 77.3458],
            [103.3421, 80.0223],
            [114.1298, 100.7021],
            [104.8077, 121.5492],
            [137.7864, 67.401],
            [134.4566, 74.715],
            [137.0363, 114.5525],
            [171.515, 63.3818],
            [153.2812, 70.061],
            [157.4938, 97.8138],
            [154.4851, 143.1816],
            [155.4043, 76.698],
            [170.6629, 103.2013],
            [154.9735, 116.1542],
            [42.5879, 77.1349],
            [27.5954, 93.7745],
            [34.5459, 102.8667],
        ],
        "depth": 6.05629,
        "visible": [0, 31, 54],
    },
    "five 7": {
        "rgb": [160.99, 160.5, 140.11],
        "spread": 62.13,
        "keypoints": [
            [101.2691, 169.8791],
            [107.1762, 176.5131],
            [95.0053, 158.8828],
            [103.6769, 205.0366],
            [60.5707, 176.3012],
            [70.1982, 175.4901],
            [65.8093, 207.7889],
            [151.9314, 182.4444],
            [146.672, 187.3911],
            [154.0381, 199.8071],
            [147.26, 216.5508],
            [77.3332, 173.1161],
            [93.2075, 185.4801],
            [73.3603, 211.4584],
            [186.2566, 174.0053],
            [183.695, 188.2505],
            [182.484, 199.7583],
        ],
        "depth": 9.03489,
        "visible": [0, 19, 66],
    },
    "clip 0": {
        "rgb": [121.78, 122.24, 114.62],
        "spread": 34.01,
        "keypoints": [[66.7927, 68.325], [58.393, 59.7143], [71.1443, 28.9025]],
        "depth": 4.85208,
        "visible": [0, 5, 9],
    },
    "clip 17": {
        "rgb": [128.46, 144.33, 103.86],
        "spread": 55.16,
        "keypoints": [[26.7827, 75.6876], [38.5913, 75.4505], [41.2188, 31.2183]],
        "depth": 3.7945,
        "visible": [0, 0, 14],
    },
    "clip 40": {
        "rgb": [110.03, 105.04, 107.72],
        "spread": 44.0,
        "keypoints": [[28.356, 61.6427], [41.471, 85.8112], [42.2435, 38.4787]],
        "depth": 4.75931,
        "visible": [0, 5, 9],
    },
}


def samples() -> dict:
    single, five = People(0, 1000, 128), People(1, 1000, 256, "coco17", people=5)
    clips = Clips(2, 60, frames=8, size=96)
    found = {f"person {i}": single[i] for i in (0, 1, 2, 33, 500, 999)}
    found |= {f"five {i}": five[i] for i in (0, 7)}
    return found | {f"clip {i}": clips[i][5] for i in (0, 17, 40)}


def dressed(sample) -> dict:
    """A few numbers that almost any change would change."""
    flat = sample.keypoints.reshape(-1, 2)[::5]
    return {
        "rgb": np.round(sample.image.mean((0, 1)), 2).tolist(),
        "spread": round(float(sample.image.std()), 2),
        "keypoints": np.round(flat.astype(float), 4).tolist(),
        "depth": round(float(sample.keypoints_3d[..., 2].mean()), 5),
        "visible": np.bincount(sample.visible.ravel(), minlength=3).tolist(),
    }


@pytest.fixture(scope="module")
def now():
    return {name: dressed(sample) for name, sample in samples().items()}


@pytest.mark.parametrize("name", FROZEN)
def test_normal_is_as_it_was_frozen(now, name):
    was, given = FROZEN[name], now[name]
    np.testing.assert_allclose(given["keypoints"], was["keypoints"], atol=1e-3)
    assert given["depth"] == pytest.approx(was["depth"], abs=1e-3)
    np.testing.assert_allclose(given["visible"], was["visible"], atol=1)
    np.testing.assert_allclose(given["rgb"], was["rgb"], atol=2)
    assert given["spread"] == pytest.approx(was["spread"], abs=2)


def test_the_frozen_figures_are_of_the_stated_version(now):
    assert synthetic.VERSION == VERSION
    assert FROZEN.keys() == now.keys()


if __name__ == "__main__":
    import pprint

    pprint.pprint(
        {name: dressed(sample) for name, sample in samples().items()},
        width=96,
        compact=True,
        sort_dicts=False,
    )
