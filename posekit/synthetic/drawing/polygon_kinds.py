"""What a canvas notes, one kind a number, to be painted later in one compiled call.

They stand in a file of their own, since both the canvas, which notes them, and the compiled
painter, which loads numba, know them.
"""

PART, LIGHT, LINE, RING, TUBE = range(5)
