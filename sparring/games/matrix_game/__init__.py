"""Any game of two seats that a table of payoffs describes."""
