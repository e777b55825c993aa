"""Every kind of image file gives the same (H, W, 3) uint8 RGB, or one clear sentence."""

import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, TiffImagePlugin

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


# ------------------------------------------------- orientation: one function knows it
def exif_of(orientation, end="<", kind="H"):
    """An EXIF block with an orientation of that byte order and type, SHORT (H) or LONG (I)."""
    head = {"<": b"II", ">": b"MM"}[end] + struct.pack(f"{end}HI", 42, 8)
    code, value = {"H": 3, "I": 4}[kind], struct.pack(f"{end}{kind}", orientation).ljust(4, b"\0")
    return head + struct.pack(f"{end}HHHI", 1, 0x0112, code, 1) + value + struct.pack(f"{end}I", 0)


def write_turned(path, orientation, end="<", kind="H"):
    stored = Image.fromarray(np.ascontiguousarray(UPRIGHT[orientation](picture())))
    if path.suffix == ".tiff":
        tags = TiffImagePlugin.ImageFileDirectory_v2(prefix=b"II" if end == "<" else b"MM")
        tags[0x0112] = orientation
        tags.tagtype[0x0112] = {"H": 3, "I": 4}[kind]
        stored.save(path, tiffinfo=tags)
    else:
        exif = exif_of(orientation, end, kind)
        stored.save(path, exif=b"Exif\0\0" * (path.suffix == ".jpg") + exif, quality=95)


@pytest.mark.parametrize("kind", ["H", "I"], ids=["short", "long"])
@pytest.mark.parametrize("end", ["<", ">"], ids=["little", "big"])
@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize("suffix", ["jpg", "png", "tiff", "webp"])
def test_size_and_image_agree_on_the_orientation(tmp_path, suffix, orientation, end, kind):
    path = tmp_path / f"turned.{suffix}"
    write_turned(path, orientation, end, kind)
    came = read_size(path), read_image(path).shape
    assert came == ((HEIGHT, WIDTH), (HEIGHT, WIDTH, 3)), f"size and image came as {came}"
    close(read_image(path), picture())


@pytest.mark.parametrize("orientation", [0, 9, 65535])
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
def test_an_orientation_that_is_none(tmp_path, suffix, orientation):
    path = tmp_path / f"odd.{suffix}"
    exif = exif_of(orientation)
    Image.fromarray(picture()).save(path, exif=b"Exif\0\0" * (suffix == "jpg") + exif, quality=95)
    close(read_image(path), picture())
    assert read_size(path) == (HEIGHT, WIDTH)


@pytest.mark.parametrize("raw", [b"", b"II", b"II*\0\xff\xff\xff\xff", b"\xff" * 40])
def test_damaged_exif_is_no_exif(tmp_path, raw):
    path = tmp_path / "odd.jpg"
    Image.fromarray(picture()).save(path, exif=b"Exif\0\0" + raw, quality=95)
    close(read_image(path), picture())
    assert read_size(path) == (HEIGHT, WIDTH)


@pytest.mark.parametrize("code", [3, 4], ids=["short", "long"])
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_16_bit_colour_tiff_that_is_turned(tmp_path, orientation, code):
    path = tmp_path / "deep.tiff"
    stored = np.ascontiguousarray(UPRIGHT[orientation](picture()))
    cv2.imwrite(str(path), stored[..., ::-1].astype(np.uint16) << 8)
    raw = bytearray(path.read_bytes())
    assert raw[:2] == b"II"
    at = struct.unpack("<I", raw[4:8])[0]
    count = struct.unpack("<H", raw[at : at + 2])[0]
    tags = [bytes(raw[at + 2 + 12 * n : at + 14 + 12 * n]) for n in range(count)]
    tags = [tag for tag in tags if tag[:2] != b"\x12\x01"]
    tags.append(struct.pack("<HHII", 0x0112, code, 1, orientation))
    tags.sort(key=lambda tag: struct.unpack("<H", tag[:2]))
    raw[4:8] = struct.pack("<I", len(raw))
    path.write_bytes(bytes(raw) + struct.pack("<H", len(tags)) + b"".join(tags) + bytes(4))
    assert np.array_equal(read_image(path), picture())
    assert read_size(path) == (HEIGHT, WIDTH)


# ------------------------------------------------- one limit of pixels for all
def claiming(path, size):
    """An image file of some hundred bytes that claims to be that large."""
    Image.fromarray(picture()).save(path)
    raw = bytearray(path.read_bytes())
    if path.suffix == ".jpg":
        at, form = raw.index(b"\xff\xc0") + 5, ">HH"
        raw[at : at + 4] = struct.pack(form, size, size)
    elif path.suffix == ".png":
        raw[16:24] = struct.pack(">II", size, size)
        raw[29:33] = struct.pack(">I", zlib.crc32(raw[12:29]))
    elif path.suffix == ".bmp":
        raw[18:26] = struct.pack("<ii", size, size)
    else:
        raw[6:10] = struct.pack("<HH", size, size)
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize("size", [13_100, 20_000, 30_000, 65_000])
@pytest.mark.parametrize("suffix", ["jpg", "png", "bmp", "gif"])
def test_more_pixels_than_any_camera_has(tmp_path, suffix, size):
    path = claiming(tmp_path / f"bomb.{suffix}", size)
    assert path.stat().st_size < 10_000
    for reader in (read_image, read_size):
        with pytest.raises(InputError, match=r"bomb.*claims .* pixels") as error:
            reader(path)
        assert "\n" not in str(error.value)


def test_below_the_limit_only_the_content_counts(tmp_path):
    assert read_size(claiming(tmp_path / "large.jpg", 13_000)) == (13_000, 13_000)


# ------------------------------------------------- what is called .jpg and is none
OTHERS = {
    b"\0\0\0\x18ftypheic\0\0\0\0mif1heic": "is a HEIC photograph.*save it as JPEG",
    b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic": "is a HEIC photograph.*save it as JPEG",
    b"\0\0\0\x18ftyphevc\0\0\0\0": "is a HEIC photograph.*save it as JPEG",
    b"\0\0\0\x18ftypisom\0\0\0\0": "is a video",
    b"%PDF-1.7\n": "is a PDF",
    b"<!DOCTYPE html><html>": "is a web page",
}


@pytest.mark.parametrize("start", OTHERS)
def test_another_kind_of_file_is_named(tmp_path, start):
    path = tmp_path / "IMG_0001.jpg"
    path.write_bytes(start + bytes(200))
    for reader in (read_image, read_size):
        with pytest.raises(InputError, match=rf"IMG_0001\.jpg {OTHERS[start]}"):
            reader(path)


@given(st.data())
def test_a_mutated_image_is_read_or_one_sentence(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("mutated")
    suffix = data.draw(st.sampled_from(["jpg", "png", "bmp", "tiff", "webp", "gif"]))
    path = folder / f"a.{suffix}"
    write_turned(path, 6) if suffix in ("jpg", "png", "tiff", "webp") else Image.fromarray(
        picture()
    ).save(path)
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        where = data.draw(st.integers(0, min(len(raw), 400) - 1))
        raw[where] = data.draw(st.integers(0, 255))
    path.write_bytes(raw)
    try:
        size = read_size(path)
    except InputError:
        size = None
    try:
        came = read_image(path).shape[:2]
    except InputError:
        return
    assert size == came, f"the size is {size} and the image {came}"
