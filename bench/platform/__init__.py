"""What stands around a run, measured on one server with the embedded defaults."""
