"""What is around people: cameras, light, places, things, and who stands where."""
