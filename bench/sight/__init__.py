"""What request ids, metrics and traces cost: `python -m bench.sight`."""
