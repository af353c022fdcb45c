"""What kernels call where a game does not say: its optional functions, doing nothing."""


def redeal(state, seat):
    """Nothing is hidden."""


def evaluate(state, seat):
    """Nobody knows what the position is worth."""
    return 0.0


def list_legal(state, actions):
    """The game has no list of legal actions: ask for the mask."""
    return -1
