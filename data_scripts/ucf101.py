"""UCF101: 13,320 video clips of 101 actions; split by group, never by clip.

The official archive is a .rar that needs unrar. The lab mirror has the split lists and two clips.
`ucf101.py frames --out DIR` then writes 16 frames of every clip, see `ucf101.py frames --help`.
"""

import sys

from posekit.datasets import frames, script

if __name__ == "__main__":
    if sys.argv[1:2] == ["frames"]:
        raise SystemExit(frames.main(sys.argv[2:]))
    raise SystemExit(script("ucf101", __doc__))
