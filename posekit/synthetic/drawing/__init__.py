"""From people and things in space to an image: projection, polygons, shadows, photo effects."""
