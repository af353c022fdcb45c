"""The catalogue: rules and drawings of the games that are installed."""
