"""What became of the tests of a release: counters, newest runs, activity."""
