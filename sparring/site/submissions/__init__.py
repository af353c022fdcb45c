"""Agents and their versions: from upload through the checks to the ladder."""
