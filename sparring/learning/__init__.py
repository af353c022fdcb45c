"""Algorithms, networks, self-play and training runs."""
