"""Standings of each game: ratings with their intervals, and how they came about."""
