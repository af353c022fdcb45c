"""Runs: their folders, checkpoints, progress, results, and the jobs that train them."""
