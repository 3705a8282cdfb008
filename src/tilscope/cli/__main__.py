"""``python -m tilscope.cli``."""

from tilscope.cli import main

main()
