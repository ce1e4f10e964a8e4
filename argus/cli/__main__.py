"""`python -m argus.cli`"""

from argus.cli import main

main()
