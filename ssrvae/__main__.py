"""`python -m ssrvae`, which the workflow's rules call."""

import sys

from ssrvae.cli import main

sys.exit(main())
