"""How a body is posed and moved: poses, named actions, recorded motion, contact with the ground."""
