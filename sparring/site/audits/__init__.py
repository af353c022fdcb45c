"""Audits: stored matches are played again, and what does not come out as recorded leaves the ratings."""
