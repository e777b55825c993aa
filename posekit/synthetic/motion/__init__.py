"""How a body is posed and moves: poses, named actions, recorded motion, contact with the ground."""
