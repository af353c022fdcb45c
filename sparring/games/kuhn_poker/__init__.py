"""Kuhn poker: one card, one bet."""
