"""Result tables of tests, validated against the best so far, and the graphs drawn from them (docs/contract/results.md)."""
