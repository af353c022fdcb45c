"""The walls: what keeps code of others in, one module a driver, and the kernel's means that they share.

``controls`` names everything that holds an agent back. ``sandbox`` says what a driver gives to the arena.
"""
