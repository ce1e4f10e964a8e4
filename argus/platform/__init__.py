"""What every extension uses: context, routes, queue, files, events (docs/platform.md)."""
