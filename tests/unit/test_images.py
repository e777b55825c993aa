"""Every kind of image file gives the same (H, W, 3) uint8 RGB, or one clear sentence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from posekit.data.images import read_image, read_size
from posekit.errors import InputError

HEIGHT, WIDTH = 40, 60


def picture() -> np.ndarray:
    """A smooth picture whose corners and channels all differ."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return np.stack([x * 4, y * 6, 255 - x * 2 - y], axis=-1).astype(np.uint8)


def close(a, b, tolerance=6):
    assert a.dtype == np.uint8
    assert a.shape == b.shape
    assert np.abs(a.astype(int) - b.astype(int)).mean() < tolerance


@pytest.fixture
def jpeg(tmp_path):
    path = tmp_path / "person.jpg"
    Image.fromarray(picture()).save(path, quality=95)
    return path


@pytest.mark.parametrize("suffix", ["jpg", "png", "bmp", "tiff", "webp"])
def test_rgb_in_every_format(tmp_path, suffix):
    path = tmp_path / f"person.{suffix}"
    Image.fromarray(picture()).save(path)
    close(read_image(path), picture())
    assert read_size(path) == (HEIGHT, WIDTH)


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_gray_is_repeated(tmp_path, suffix):
    path = tmp_path / f"gray.{suffix}"
    Image.fromarray(picture()[..., 0]).save(path)
    close(read_image(path), np.repeat(picture()[..., :1], 3, axis=2))


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_16_bit_keeps_the_upper_8(tmp_path, suffix):
    path = tmp_path / f"deep.{suffix}"
    deep = picture()[..., 0].astype(np.uint16) << 8 | 0x7F
    Image.fromarray(deep).save(path)
    assert np.array_equal(read_image(path), np.repeat(picture()[..., :1], 3, axis=2))


def test_16_bit_colour(tmp_path):
    cv2 = pytest.importorskip("cv2")
    for suffix in ("png", "tiff"):
        path = tmp_path / f"deep.{suffix}"
        cv2.imwrite(str(path), picture()[..., ::-1].astype(np.uint16) << 8)
        assert np.array_equal(read_image(path), picture())


def test_transparency_is_laid_on_white(tmp_path):
    path = tmp_path / "square_crop.png"
    alpha = np.full((HEIGHT, WIDTH, 1), 255, np.uint8)
    alpha[:, : WIDTH // 2] = 0
    Image.fromarray(np.concatenate([picture(), alpha], axis=2)).save(path)
    image = read_image(path)
    assert (image[:, : WIDTH // 2] == 255).all()
    assert np.array_equal(image[:, WIDTH // 2 :], picture()[:, WIDTH // 2 :])


@pytest.mark.parametrize("suffix", ["jpg", "tiff"])
def test_cmyk(tmp_path, suffix):
    path = tmp_path / f"print.{suffix}"
    Image.fromarray(picture()).convert("CMYK").save(path, quality=95)
    close(read_image(path), picture())


def test_palette(tmp_path):
    path = tmp_path / "palette.gif"
    Image.fromarray(picture()).save(path)
    close(read_image(path), picture(), tolerance=20)


UPRIGHT = {  # EXIF orientation -> how the stored pixels follow from the upright picture
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: np.rot90(a, -1),
}


@pytest.mark.parametrize("suffix", ["jpg", "png"])
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_exif_turns_upright(tmp_path, suffix, orientation):
    path = tmp_path / f"turned.{suffix}"
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = np.ascontiguousarray(UPRIGHT[orientation](picture()))
    Image.fromarray(stored).save(path, exif=exif, quality=95)
    close(read_image(path), picture())
    assert read_size(path) == (HEIGHT, WIDTH)


def test_absent(tmp_path):
    for reader in (read_image, read_size):
        with pytest.raises(InputError, match=r"nobody\.jpg is not there"):
            reader(tmp_path / "nobody.jpg")


@pytest.mark.parametrize("content", [b"", b"not an image", b"\xff\xd8\xff\xd9", b"\xff\xd8\xff"])
def test_not_an_image(tmp_path, content):
    path = tmp_path / "note.jpg"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"note\.jpg"):
        read_image(path)


def test_a_folder_is_no_image(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_image(tmp_path)


@given(st.floats(0.01, 0.999))
def test_truncated_jpeg_is_found_wherever_it_ends(tmp_path_factory, fraction):
    path = tmp_path_factory.mktemp("cut") / "half.jpg"
    Image.fromarray(picture()).save(path, quality=95)
    raw = path.read_bytes()
    path.write_bytes(raw[: min(int(len(raw) * fraction) + 2, len(raw) - 1)])
    with pytest.raises(InputError, match=r"half\.jpg"):
        read_image(path)


def test_truncated_jpeg_padded_with_zeros(jpeg):
    raw = jpeg.read_bytes()
    jpeg.write_bytes(raw[: len(raw) // 2].ljust(len(raw), b"\0"))
    with pytest.raises(InputError, match="truncated"):
        read_image(jpeg)


def test_truncated_jpeg_whose_thumbnail_is_whole(tmp_path):
    thumbnail = tmp_path / "thumb.jpg"
    Image.fromarray(picture()[::2, ::2]).save(thumbnail)
    path = tmp_path / "camera.jpg"
    Image.fromarray(picture()).save(path, exif=b"Exif\0\0" + thumbnail.read_bytes(), quality=95)
    assert read_image(path).shape == (HEIGHT, WIDTH, 3)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match="truncated"):
        read_image(path)


def test_progressive_jpeg_of_many_scans(tmp_path):
    path = tmp_path / "scans.jpg"
    Image.fromarray(picture()).save(path, progressive=True, quality=95)
    close(read_image(path), picture())
    raw = path.read_bytes()
    path.write_bytes(raw + b"\n")
    close(read_image(path), picture())
    path.write_bytes(raw[: -len(raw) // 4])
    with pytest.raises(InputError, match="truncated"):
        read_image(path)


def test_bytes_behind_the_end_do_no_harm(jpeg):
    whole = read_image(jpeg)
    jpeg.write_bytes(jpeg.read_bytes() + b"\nsome camera's own notes\0\0")
    assert np.array_equal(read_image(jpeg), whole)


def test_truncated_png(tmp_path):
    path = tmp_path / "half.png"
    Image.fromarray(picture()).save(path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(InputError, match=r"half\.png"):
        read_image(path)
