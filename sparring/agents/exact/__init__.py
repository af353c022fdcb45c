"""Games that are solved: what perfect play is, and how far a policy is from it."""
