"""Administration of the catalogue and of users."""
