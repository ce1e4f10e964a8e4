"""Files that belong to a run, a test, a release or none."""
