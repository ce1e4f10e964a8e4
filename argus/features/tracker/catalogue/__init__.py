"""Releases, groups and tests, as everybody reads them."""
