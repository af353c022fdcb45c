"""A league beside a run: exploiters that look for what the main agent can't answer (AlphaStar; Nature, 2019)."""
