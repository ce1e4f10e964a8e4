"""The deduper: groups the events of a run that say the same thing (docs/deduper.md)."""
