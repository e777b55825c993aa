"""`Sample` and `Clip`, and one reader a data set."""

from .sample import OCCLUDED, UNLABELLED, VISIBLE, Clip, Sample

__all__ = ["OCCLUDED", "UNLABELLED", "VISIBLE", "Clip", "Sample"]
