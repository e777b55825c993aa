"""The canvas: colour, shade and part numbers, painted far to near.

Three layers are painted at once. `colour` is what things would look like under even light;
`shade` is how much light falls on them (128 is even), painted in a few flat bands that one
blur melts together; `ids` says which part of whom is seen at a pixel, from which *visible*
is read off. Polygons are int32 in sixteenths of a pixel.
"""

from __future__ import annotations

import cv2
import numpy as np
from cv2 import LINE_AA, fillConvexPoly, fillPoly, polylines

from .pixel_coordinates import SHIFT
from .polygon_kinds import LIGHT, LINE, PART, RING, TUBE

_SQUARE = np.ones((3, 3), np.uint8)
EVEN = 128  # the shade that changes nothing
_NOTHING = np.empty((0, 2), np.int32)
_NO_TUBES = (
    np.empty((0, 16, 2), np.int32),
    np.empty((0, 1, 14, 2), np.int32),
    np.empty((0, 1)),
    np.empty(0, bool),
)
_FEW = 7  # people: their 32 part numbers each stay well below 255


class Canvas:
    """Painted from the far to the near; `finish` gives the image.

    ``background`` (H, W, 3) uint8 is painted over in place. ``scale`` is the size in pixels
    of a metre at the people's distance: lines and blurs go by it. Of few ``people`` the part
    numbers are bytes, which takes less time: 255, the most there is, then stands for things.

    Colours are painted by cv2, whose edges are smooth. What goes onto the other two layers is
    noted, and painted in one go by `drawing.compiled_polygons` when somebody asks for them.
    ``tubes`` are those that `tube` speaks of.
    """

    def __init__(
        self, background: np.ndarray, scale: float, people: int = 20, tubes: tuple = _NO_TUBES
    ):
        self.colour = background
        self._shade = np.full(background.shape[:2], EVEN, np.uint8)
        self._ids = np.zeros(background.shape[:2], np.uint8 if people <= _FEW else np.uint16)
        self.scale = scale
        self.rim = max(1, round(0.022 * scale))
        self._tubes, self._notes, self._points, self._tones = tubes, [], [_NOTHING], []

    @property
    def shade(self) -> np.ndarray:
        """(H, W) uint8"""
        self.settle()
        return self._shade

    @property
    def ids(self) -> np.ndarray:
        """(H, W) uint8 or uint16"""
        self.settle()
        return self._ids

    def settle(self) -> None:
        """Paint what is noted."""
        if self._notes:
            from . import compiled_polygons  # it brings numba, a fifth of a second to import

            compiled_polygons.paint_notes(
                self._shade,
                self._ids,
                np.array(self._notes, float).reshape(-1, 4),
                np.concatenate(self._points),
                np.array(self._tones, float),
                self._tubes,
                self.rim,
                compiled_polygons.disc(self.rim),
            )
            self._notes, self._points, self._tones = [], [_NOTHING], []

    def seam(self, lines: list[np.ndarray], dark: float, closed: bool) -> None:
        """A dark line around the part painted next: where it lies over another, it shades it."""
        for line in lines:
            self._notes += RING if closed else LINE, len(line), 0, dark
            self._points.append(line)

    def part(self, outline: np.ndarray, colour, number: int, shade: float = -1) -> None:
        """A new part over all that is there, convex, in its flat colour and, if one is given,
        under one light."""
        self._notes += PART, len(outline), shade, number
        self._points.append(outline)
        fillConvexPoly(self.colour, outline, colour, LINE_AA, SHIFT)

    def tube(self, k: int, outline: np.ndarray, colour, number: int) -> None:
        """A new part, the ``k``-th of the tubes, with a seam and its lights."""
        self._notes += TUBE, 0, k, number
        fillConvexPoly(self.colour, outline, colour, LINE_AA, SHIFT)

    def patch(self, outline: np.ndarray, colour) -> None:
        """Colour on the part painted last."""
        fillPoly(self.colour, [outline], colour, LINE_AA, SHIFT)

    def lights(self, polygons: np.ndarray, shades: list[float]) -> None:
        """Light and shadow on the part painted last: convex polygons (P, V, 2), one after the
        other."""
        count, corners, _ = polygons.shape
        self._notes += LIGHT, count * corners, corners, 0
        self._points.append(polygons.reshape(-1, 2))
        self._tones += shades

    def line(self, points: np.ndarray, colour, width: float) -> None:
        """A stroke; ``width`` in pixels."""
        polylines(self.colour, [points], False, colour, max(1, round(width)), LINE_AA, SHIFT)

    def finish(self, tint: np.ndarray, softness: float = 0.012) -> np.ndarray:
        """(H, W, 3) uint8: the colours under the light.

        ``tint`` (256, 1, 3) uint8 is the colour of each shade, `EVEN` meaning unchanged;
        ``softness`` metres is how far the bands of shade melt.
        """
        reach = max(3, 2 * round(softness * self.scale) + 1)
        # What is not a person keeps its own light, all but the pixels on the very edge: outside
        # of the box around everything painted, there is nothing to do.
        box = self._box(reach)
        shade = cv2.blur(cv2.blur(self.shade[box], (reach, reach)), (reach, reach))
        around = (cv2.dilate(self.ids[box], _SQUARE) > 0).view(np.uint8)
        shade = cv2.copyTo(shade, around, np.full_like(shade, EVEN))
        colour = self.colour[box]
        cv2.multiply(colour, cv2.applyColorMap(shade, tint), colour, scale=1 / EVEN)
        return self.colour

    def _box(self, margin: int) -> tuple[slice, slice]:
        """The rows and columns of what is painted, and so many around them."""
        painted, wide = self.ids.view(np.uint8), self.ids.itemsize
        x, y, width, height = cv2.boundingRect(painted)
        x, width = x // wide, width // wide + 1
        return (
            slice(max(y - margin, 0), y + height + margin),
            slice(max(x - margin, 0), x + width + margin),
        )
