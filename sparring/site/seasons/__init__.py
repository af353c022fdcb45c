"""Seasons of a ladder, with a soft reset between them, and divisions with promotion and relegation."""
