"""Sparring: an arena for game-playing agents."""

__version__ = "0.1.0"
