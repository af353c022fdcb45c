"""All rows of the table of strengths, in its order."""

from __future__ import annotations

from functools import partial

from proofs.boards import connect_four, connect_four_search, hex_7x7, othello, tic_tac_toe
from proofs.bodies import cartpole, nh_fight, robosumo
from proofs.mixed import matrix_game, poker, rock_paper_scissors
from proofs.row import Prove, Row

RAW = "{result_preserving:.1%} kept, {points_against_random:.2%} of the points against random"
POKER = "{exploitability:.2g}; by the run's own probe: {of_the_run}"
NASH = "{nash_distance:.3f}"


def rows() -> list[Row]:
    return [
        exhaustive("tic_tac_toe", "Tic-tac-toe, Q-learning in a table"),
        exhaustive("tic_tac_toe_ppo", "Tic-tac-toe, PPO"),
        raw_connect_four("connect_four", 4, 0.80),
        raw_connect_four("connect_four_long", 30, 0.92),
        Row(
            "connect_four_search",
            "Connect Four, AlphaZero, 200 simulations a move",
            60,
            "97% of labelled positions kept; wins most matches as first player against the solver",
            "{result_preserving:.1%} kept, {wins_against_solver:.0%} won ({different} different matches)",
            connect_four_search,
        ),
        *poker_rows("kuhn_poker", "Kuhn poker", 5, 0.02, 1e-4),
        *poker_rows("leduc_poker", "Leduc poker", 10, 0.3, 0.005),
        nash("rock_paper_scissors", "Rock-paper-scissors, ten rounds", rock_paper_scissors),
        nash("matrix_game", "A random 3x3 matrix game", matrix_game),
        searched("othello", "Othello", othello),
        searched("hex", "Hex 7x7", hex_7x7),
        Row(
            "nh_fight",
            "NH fight",
            30,
            "more than 90% of the points against its strongest script; what a learner set against it wins is told",
            "{points_against_script:.1%} of the points; the exploiter took {points_of_exploiter:.1%}",
            nh_fight,
        ),
        Row(
            "robosumo",
            "RoboSumo, ant against ant",
            60,
            "more than 95% of the points against one that stands still and against random",
            "{points_against_idle:.1%} and {points_against_random:.1%}",
            robosumo,
        ),
        Row(
            "cartpole",
            "gym:CartPole-v1",
            1,
            "mean return of at least 475",
            "{mean_return:.1f} over {episodes} episodes, the worst {least_return:.0f}",
            cartpole,
        ),
    ]


def exhaustive(name: str, title: str) -> Row:
    said = "{lost_lines_by_seat} lines lost by seat, {result_preserving:.2%} of the moves keep the result"
    promised = "no lost line of play, every move keeps the result"
    return Row(name, title, 1, promised, said, partial(tic_tac_toe, row=name))


def raw_connect_four(name: str, minutes: float, least: float) -> Row:
    promised = f"{least:.0%} of labelled positions kept without looking ahead, 99% of the points against random"
    return Row(name, "Connect Four, raw policy", minutes, promised, RAW, partial(connect_four, row=name, least=least))


def poker_rows(game: str, title: str, minutes: float, learned: float, solved: float) -> list[Row]:
    bounds = {"ppo": ("PPO", minutes, learned), "nfsp": ("NFSP", minutes, learned), "cfr": ("CFR+", 1, solved)}
    return [
        Row(
            f"{game}_{algorithm}",
            f"{title}, {called}",
            budget,
            f"exploitability below {bound:g}",
            POKER,
            partial(poker, game=game, algorithm=algorithm, most=bound),
        )
        for algorithm, (called, budget, bound) in bounds.items()
    ]


def nash(name: str, title: str, prove: Prove) -> Row:
    return Row(name, title, 1, "a best answer wins at most .02 a round, both seats together", NASH, prove)


def searched(name: str, title: str, prove: Prove) -> Row:
    promised = "more than 60% of the points against mcts:simulations=800"
    return Row(name, title, 20, promised, "{points_against_search:.1%}", prove)
