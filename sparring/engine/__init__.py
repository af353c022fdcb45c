"""Makes rules run."""
