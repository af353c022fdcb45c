"""What is made of a submission before it plays: its packages, and what is compiled of its files."""
