"""Pong: two paddles and a ball, in real time at a fixed step."""
