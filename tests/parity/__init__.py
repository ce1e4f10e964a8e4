"""Parity: the same generated requests to both lanes, each on its own copy of one database, and what differs in the answers."""
