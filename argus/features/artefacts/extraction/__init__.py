"""Jobs that take tables out of documents."""
