"""One line of revisions; each file says what it follows."""
