"""Seconds to refit a ladder of 1,000 agents from 500,000 matches: ratings, covariance, intervals and rank ranges.

The pairings are as matchmaking makes them: near each other in rating, ten duels of twenty matches a pair at the most.
"""

import time

import numpy as np
from contestant import serve

from sparring.ratings.bradley_terry import band_dispersions, bands, expected_score, fit

AGENTS, DUELS, MATCHES_A_DUEL = 1000, 25_000, 20


def prepare():
    pool = played(np.random.default_rng(1))
    refit(*pool)

    def measure(seconds):
        times = []
        end = time.perf_counter() + seconds
        while not times or time.perf_counter() < end:
            start = time.perf_counter()
            refit(*pool)
            times.append(time.perf_counter() - start)
        return {"value": float(np.median(times)), "slowest_s": max(times), "refits": len(times)}

    return measure


def played(chance):
    """Return first, second, and what first took of each pair of matches: [P], [P], [P, 10]."""
    strengths = np.sort(chance.normal(1500, 300, AGENTS))
    first = chance.integers(AGENTS, size=DUELS)
    second = (first + chance.integers(1, 100, size=DUELS)) % AGENTS
    chances = expected_score(strengths[first] - strengths[second])
    return first, second, chance.binomial(2, chances[:, None], (DUELS, MATCHES_A_DUEL // 2))


def refit(first, second, pair_points):
    """Do what the site does: fit, see how pairs vary, fit again, and find intervals and rank ranges."""
    points, games = pair_points.sum(axis=1).astype(float), np.full(DUELS, MATCHES_A_DUEL)
    plain = fit(first, second, points, games, agents=AGENTS).ratings
    times = pair_points.shape[1]
    varied = band_dispersions(plain, np.repeat(first, times), np.repeat(second, times), pair_points.ravel())
    fitted = fit(first, second, points, games, agents=AGENTS, dispersion=varied[bands(plain, first, second)])
    return fitted.intervals(), fitted.rank_ranges()


if __name__ == "__main__":
    serve(prepare, ["scipy", "numpy"])
