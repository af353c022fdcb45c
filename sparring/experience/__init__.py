"""Records from players."""
