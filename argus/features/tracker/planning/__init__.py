"""Release plans: what is to be run for a version, and who looks after it."""
