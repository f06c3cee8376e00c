#!/usr/bin/env python3
"""Django's usual entry point, for those who look for it; ``./terreau`` does the same and more."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "src"))

from terreau.config.cli import main

if __name__ == "__main__":
    main()
