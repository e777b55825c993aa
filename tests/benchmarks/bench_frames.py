"""16 frames, evenly spread, out of a video of 7 seconds, 320x240: the ways to get at them.

Three clips, made here, with each frame's number painted into it, so that wrong frames are
seen: an AVI as UCF101's are (MPEG-4, one B frame between P frames, key frames 250 apart, and
a header that counts one frame more than can be decoded, since the last one is coded as "not
coded"), one with key frames 12 apart, and H.264. The peers are told the true number of
frames, which posekit finds out; a peer that gives a wrong frame is not timed.
"""

import tempfile
from pathlib import Path

import cv2
import measure
import numpy as np

from posekit.datasets import frames

FRAMES, SIZE, FPS = 175, (240, 320), 25
NOT_CODED = bytes([0, 0, 1, 0xB6, 0x50, 0x4F, 0x7F])  # an MPEG-4 frame that says "as before"
CLIPS = {
    "MPEG-4 g250 with B frames": ("g250.avi", "mpeg4", {"gop_size": 250, "max_b_frames": 1}),
    "MPEG-4 g12": ("g12.avi", "mpeg4", {"gop_size": 12}),
    "H.264": ("h264.mp4", "libx264", {"gop_size": 60, "max_b_frames": 2}),
}


def paint(number: int) -> np.ndarray:
    """(H, W, 3) uint8 RGB: a moving texture, and the number as eight black or white fields."""
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (SIZE[0] // 8, SIZE[1] // 8, 3), dtype=np.uint8)
    image = np.roll(image.repeat(8, 0).repeat(8, 1), (2 * number, 3 * number), (0, 1))
    image[:40] = 0
    for bit in range(8):
        image[4:36, 40 * bit + 4 : 40 * bit + 36] = 255 * (number >> bit & 1)
    return image


def read_number(image: np.ndarray) -> int:
    """The number that `paint` wrote."""
    fields = [image[12:28, 40 * bit + 12 : 40 * bit + 28].mean() > 128 for bit in range(8)]
    return sum(int(on) << bit for bit, on in enumerate(fields))


def make(av, path: Path, codec: str, settings: dict):
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=FPS)
        stream.height, stream.width = SIZE
        stream.pix_fmt, stream.bit_rate = "yuv420p", 500_000
        for name, value in settings.items():
            setattr(stream.codec_context, name, value)
        lies = codec == "mpeg4" and "max_b_frames" in settings
        packets = []
        for number in range(FRAMES - lies):
            packets += stream.encode(av.VideoFrame.from_ndarray(paint(number), format="rgb24"))
        packets += stream.encode()
        if lies:
            packets.append(_after(av, packets[-1]))
        for packet in packets:
            container.mux(packet)


def _after(av, last):
    packet = av.Packet(NOT_CODED)
    packet.stream, packet.time_base, packet.duration = last.stream, last.time_base, last.duration
    packet.pts, packet.dts = last.pts + 1, last.dts + 1
    return packet


def cv2_grab(path, wanted, total, options=()):
    capture, kept = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, list(options)), []
    for i in range(total):
        capture.grab()
        if i in wanted:
            kept.append(capture.retrieve()[1])
    return np.stack([cv2.cvtColor(image, cv2.COLOR_BGR2RGB) for image in kept])


def cv2_grab_alone(path, wanted, total):
    return cv2_grab(path, wanted, total, (cv2.CAP_PROP_N_THREADS, 1))


def cv2_read_all(path, wanted, total):
    capture, images = cv2.VideoCapture(str(path)), []
    while True:
        ok, image = capture.read()
        if not ok:
            return np.stack(images)[sorted(wanted)][..., ::-1]
        images.append(image)


def cv2_seek(path, wanted, total):
    capture, kept = cv2.VideoCapture(str(path)), []
    for i in sorted(wanted):
        capture.set(cv2.CAP_PROP_POS_FRAMES, i)
        kept.append(cv2.cvtColor(capture.read()[1], cv2.COLOR_BGR2RGB))
    return np.stack(kept)


def pyav(path, wanted, total):
    import av

    with av.open(str(path)) as container:
        container.streams.video[0].thread_count = 1
        frames = enumerate(container.decode(video=0))
        return np.stack([frame.to_ndarray(format="rgb24") for i, frame in frames if i in wanted])


def cases(path: Path, name: str):
    total = frames.read_frames(path).total
    wanted = set(frames.sample_indices(total).tolist())
    peers = {}
    for peer, call, goal in (
        ("cv2 grab, count known", cv2_grab, 0.95),
        ("the same, one thread", cv2_grab_alone, 0.95),
        ("PyAV in order, count known", pyav, 0.95),
        ("cv2 read all", cv2_read_all, 1.8 if "MPEG-4" in name else 1.0),
        ("cv2 seek", cv2_seek, 6.0 if "g250" in name else 1.0),
    ):
        wrong = count_wrong(call(path, wanted, total), wanted)
        run = (lambda call=call: call(path, wanted, total)) if not wrong else None
        peers[peer] = (run, goal, f"{wrong} of {frames.COUNT} frames are not the ones asked for")
    return peers


def count_wrong(images, wanted) -> int:
    numbers = [read_number(image) for image in images]
    return frames.COUNT - sum(got == want for got, want in zip(numbers, sorted(wanted)))


def main():
    measure.one_thread()
    modules = measure.load("av")
    names = [f"frames, 16 of 7 s, {name}" for name in CLIPS]
    if isinstance(modules, str):
        measure.finish(
            [
                {
                    "name": name,
                    "peer": "cv2 grab, count known",
                    "ratio": None,
                    "goal": 0.95,
                    "why": modules,
                }
                for name in names
            ]
        )
        return
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, (kind, (file, codec, settings)) in zip(names, CLIPS.items()):
            path = Path(folder) / file
            make(modules[0], path, codec, settings)
            read = frames.read_frames(path)
            if wrong := count_wrong(read.images, read.indices):
                raise SystemExit(f"posekit: {wrong} wrong frames of {frames.COUNT} on {file}.")
            rows += measure.compare(
                name, lambda path=path: frames.read_frames(path), cases(path, kind), rounds=15
            )
    measure.finish(rows)


if __name__ == "__main__":
    main()
