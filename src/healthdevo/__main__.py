"""Run the command line with ``python -m healthdevo``."""

import sys

from healthdevo.cli import main

if __name__ == "__main__":
    sys.exit(main())
