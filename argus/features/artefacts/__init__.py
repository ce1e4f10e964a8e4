"""Artefacts: what stands around a run. Documents, their tables, and the workspaces in which they are."""
