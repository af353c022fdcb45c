"""Populations of policies that grow by best responses (policy-space response oracles)."""
