"""Repeated rock-paper-scissors: both throw at once, again and again."""
