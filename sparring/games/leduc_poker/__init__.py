"""Leduc poker: a card of one's own, a card for all, two rounds of betting."""
