"""Chess, with all its rules: mate the king."""
