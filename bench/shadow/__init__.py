"""What shadowing costs those whose requests are not played: `python -m bench.shadow`."""
