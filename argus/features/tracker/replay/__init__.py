"""Journals of client calls, applied again: what was submitted while Argus was down."""
