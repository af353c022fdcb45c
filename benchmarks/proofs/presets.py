"""The preset with which each row trains, by the name of the row; empty: what `sparring train GAME` takes by itself."""

from __future__ import annotations

PRESETS = {
    "tic_tac_toe": "table",
    "tic_tac_toe_ppo": "",
    "connect_four": "",
    "connect_four_long": "long",
    "connect_four_search": "alphazero",
    "kuhn_poker_ppo": "",
    "kuhn_poker_nfsp": "nfsp",
    "kuhn_poker_cfr": "cfr",
    "leduc_poker_ppo": "",
    "leduc_poker_nfsp": "nfsp",
    "leduc_poker_cfr": "cfr",
    "rock_paper_scissors": "",
    "matrix_game": "",
    "othello": "alphazero",
    "hex": "alphazero",
    "nh_fight": "",
    "robosumo": "",
    "cartpole": "",
}
