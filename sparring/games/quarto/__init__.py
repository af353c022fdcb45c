"""Quarto: a line of four pieces that share a trait wins, and your opponent chooses what you place."""
