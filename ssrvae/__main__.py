"""`ssrvae`, and `python -m ssrvae`, which the workflow's rules call."""

import sys

from ssrvae.base.errors import INTERRUPTED, STOPPED


def main() -> int:
    """Run the command line; Ctrl-C while its modules are still being imported ends it as later."""
    try:
        from ssrvae.cli import main as run

        return run()
    except KeyboardInterrupt:
        print(INTERRUPTED, file=sys.stderr)
        return STOPPED


if __name__ == "__main__":
    sys.exit(main())
