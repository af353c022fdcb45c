"""Public submissions in a git repository: one commit a version."""
