"""Run types. Each folder holds the tables, rules and routes of one."""
