"""People: the directory, one's token, one's jobs."""
