"""What request ids and metrics cost: `python -m bench.sight`."""
