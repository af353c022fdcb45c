"""Connect Four: four in a line on a board where stones fall."""
