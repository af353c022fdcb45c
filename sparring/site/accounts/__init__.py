"""Who uses the arena: people, their API tokens, the organiser's sign-in link."""
