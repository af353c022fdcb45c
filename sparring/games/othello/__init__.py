"""Othello: what you enclose turns to your colour; who has more discs at the end wins."""
