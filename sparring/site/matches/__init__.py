"""Duels between two versions and the matches played in them, with their replays."""
