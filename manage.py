#!/usr/bin/env python
"""The one command line: `up` runs the whole inbox, everything else is Django's."""

import os
import sys
from importlib.util import find_spec


def main() -> int:
    """Run one command and give its exit code."""
    if find_spec("django") is None or find_spec("psycopg2") is None:
        print("Samsvar is not installed here: type `make install`, then .venv/bin/python manage.py", file=sys.stderr)
        return 1
    from core.supervisor import fill_from_run_file, up

    if sys.argv[1:2] == ["up"]:
        return up(sys.argv[2:])
    fill_from_run_file(os.environ)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inbox.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
    return 0


if __name__ == "__main__":
    sys.exit(main())
