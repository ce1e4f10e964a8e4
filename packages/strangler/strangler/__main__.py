"""`python -m strangler`: the same as `strangler`."""

from strangler.cli import main

main()
