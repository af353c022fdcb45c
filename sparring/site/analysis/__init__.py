"""What stands beside a ladder's ratings: clone-proof and evolutionary rankings, circles, authors."""
