"""Argus: tracks the runs of long test pipelines."""

__version__ = "0.1.0"
