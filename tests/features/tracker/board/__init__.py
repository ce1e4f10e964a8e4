"""The board of a release."""
