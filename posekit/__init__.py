"""posekit: the small package under the Pose Workbook.

Import the part that you need (``from posekit import skeletons``); nothing heavy is
imported until you do.
"""

import os

# OpenCV reads these when it is loaded, or first used; each stays as somebody else has set it.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # FFmpeg's "quiet"
# Many a camera otherwise takes ten seconds and more to open on Windows: opencv/opencv, issue 17687.
os.environ.setdefault("OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS", "0")

__version__ = "0.1.0"
