"""The relational database beside Argus's own store: base, sessions, revisions (docs/platform.md#tables-and-sessions)."""
