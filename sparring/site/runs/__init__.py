"""What the learner has produced: its checkpoints and their probes."""
