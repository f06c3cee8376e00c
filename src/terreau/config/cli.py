"""The console script ``terreau``: a few lines over the management commands."""

import os
import sys


def main() -> None:
    """Run the management command named by the arguments."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "terreau.config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(["terreau", *sys.argv[1:]])


if __name__ == "__main__":
    main()
