"""Rules. One folder a game: rules.py, drawing.py, README.md. Knows nothing else in the house."""
