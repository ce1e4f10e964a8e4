"""Recorded exchanges of the reference system (README.md), and what replays them against this one."""
