"""Hex: connect your two sides of the board; somebody always does."""
