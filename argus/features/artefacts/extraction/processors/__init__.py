"""Readers of documents: each takes a file and gives the tables in it, cells as text. `choice` says which reads what."""
