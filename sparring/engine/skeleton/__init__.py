"""The game that `sparring games new` writes: a heap of stones; whoever takes the last one wins."""
