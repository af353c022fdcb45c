"""Trained models answering games over a socket or HTTP."""
