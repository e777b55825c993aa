"""UCF101: 13,320 video clips of 101 actions; split by group, never by clip.

The official archive is a .rar that needs unrar. The lab mirror has the split lists and two clips.
"""

from posekit.data.store import script

if __name__ == "__main__":
    raise SystemExit(script("ucf101", __doc__))
