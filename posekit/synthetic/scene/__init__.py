"""What is around people: cameras, light, backdrops and things; and who stands where."""
