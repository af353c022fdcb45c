"""Liar's dice: bid on all dice, seeing only your own."""
