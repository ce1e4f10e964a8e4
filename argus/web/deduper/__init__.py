"""The deduper served alone, without a gateway (docs/deduper.md#alone)."""
