"""Reports of cluster test runs, rendered as a page and sent by mail."""
