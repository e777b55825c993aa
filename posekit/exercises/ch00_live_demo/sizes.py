"""Sizes of images, (height, width), that several exercises of this chapter try."""

VGA = (480, 640)
