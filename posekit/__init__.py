"""posekit: the small package under the Pose Workbook.

Import the part that you need (``from posekit import skeletons``); nothing heavy is
imported until you do.
"""

__version__ = "0.1.0"
