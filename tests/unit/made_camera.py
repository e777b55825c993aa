"""A camera that a test plugs in: it gives the frames of the test, and is then unplugged."""

import cv2


class Camera:
    """Takes the place of `cv2.VideoCapture`.

    ``frames`` are BGR images. ``end`` is what a read gives when none is left: OpenCV's pair of a
    flag and an image, or an exception.
    """

    def __init__(self, frames, end=(False, None)):
        self.frames, self.end, self.released = iter(frames), end, False

    def isOpened(self):
        return True

    def get(self, prop):
        return 30.0

    def read(self):
        for frame in self.frames:
            return True, frame
        if isinstance(self.end, Exception):
            raise self.end
        return self.end

    def release(self):
        self.released = True


def plug_in(monkeypatch, frames, end=(False, None)) -> None:
    """Make it camera 0 of this machine; files are opened as ever."""
    real = cv2.VideoCapture
    monkeypatch.setattr(
        cv2, "VideoCapture", lambda source: Camera(frames, end) if source == 0 else real(source)
    )
