"""From people and things in space to pixels: projection, polygons, shadows, the photograph."""
