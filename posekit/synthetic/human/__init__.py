"""One person: the tree of joints and its angles, the body, its appearance and its surface."""
