"""Something to look at: believable releases, runs, and what people said of them, played through the API (docs/cli.md#argus-demo-load)."""
