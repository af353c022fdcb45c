"""The referee: matches, duels, match records and their replay."""
