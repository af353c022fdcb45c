"""Chance for rules: the generator xoroshiro64** (Blackman and Vigna, 2018) on two words that live in the record.

Written in the subset that numba compiles, with products kept below 2**63, so that the interpreter and the compiler
draw the same numbers.
"""

import numpy as np

WORD = 0xFFFFFFFF


def times(a, b):
    """``a * b`` modulo 2**32, for words ``a`` and ``b``, without leaving int64."""
    return (a * (b & 0xFFFF) + ((a * (b >> 16) & 0xFFFF) << 16)) & WORD


def rotate(a, bits):
    """The word ``a`` rotated left by ``bits``."""
    return ((a << bits) & WORD) | (a >> (32 - bits))


def next_word(random):
    """A uniform word in 0..2**32-1; ``random: uint32 [2]`` moves on."""
    low = np.int64(random[0])
    high = np.int64(random[1])
    word = times(rotate(times(low, 0x9E3779BB), 5), 5)
    high ^= low
    random[0] = np.uint32(rotate(low, 26) ^ high ^ ((high << 9) & WORD))
    random[1] = np.uint32(rotate(high, 13))
    return word


def draw(random, n):
    """A uniform integer in 0..n-1, for n below 2**31; ``random: uint32 [2]`` (``state.random``) moves on."""
    return (next_word(random) * n) >> 32
