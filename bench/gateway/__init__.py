"""What the gateway costs, and what it saves: `python -m bench.gateway`."""
