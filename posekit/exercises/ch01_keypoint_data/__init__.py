"""Exercises of chapter 01: names, flags, boxes, and the crop that every later chapter takes."""

from . import crop_points, joint_box, mirror_order, to_coco

EXERCISES = (mirror_order.EXERCISE, to_coco.EXERCISE, joint_box.EXERCISE, crop_points.EXERCISE)
