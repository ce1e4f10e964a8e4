"""The hottest routes under a full database."""
