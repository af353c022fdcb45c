"""Numbers only: online rating, Bradley-Terry with intervals. Imports nothing of the house."""
