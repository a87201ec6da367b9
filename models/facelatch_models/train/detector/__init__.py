"""The detector of the pack `starter`: scenes made of faces, a tiny network, its run, its file."""
