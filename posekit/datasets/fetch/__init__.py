"""How a data set gets here: the registry, download, mirror, archives, checks."""
