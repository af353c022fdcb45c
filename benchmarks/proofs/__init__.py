"""What `make strength` proves: one row of the table a game and budget, each with its own way of proving."""
