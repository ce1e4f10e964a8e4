"""What users of neighbouring systems reported as broken in public, tried on this one.

A test's docstring names the threads that it was built from. Every test runs on both lanes and on both engines.
"""
