"""Tests of storage: what holds on every engine, and what is particular to one."""
