"""How fast storage is: `python -m bench.storage`."""
