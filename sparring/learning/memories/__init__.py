"""What is learned from again and again: memories of what was played, data sets, tables of what was found."""
