"""Tests of the engine for ScyllaDB and Cassandra: most run on a real node."""
