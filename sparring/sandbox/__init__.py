"""Runs an agent's code where it can do no harm, behind one wire protocol."""
