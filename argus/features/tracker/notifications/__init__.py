"""The bell: what a user was told, and whether it was read."""
