"""The NH fight: a duel in ticks with three combat styles, prayers, food, potions, freezes and special attacks."""
