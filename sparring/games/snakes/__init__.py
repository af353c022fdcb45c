"""Snakes: two to four snakes on one board, all moving at once."""
