"""Attacks on a sandbox, carried out for real: by ``sparring doctor``, by workers before they take code of strangers,
and by the tests.

``weapons`` holds what runs inside, ``traps`` what is laid out for it on the host, ``suite`` puts them together, and
``probe`` carries them out.
"""
