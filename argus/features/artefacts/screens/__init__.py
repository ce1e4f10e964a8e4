"""The pages of the artefacts; their data comes from the other features."""
