"""One person: the joint tree and its measures, looks and clothes, and the surface on the bones."""
