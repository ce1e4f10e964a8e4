"""Results of single pytest tests: submitted, listed, searched, counted."""
