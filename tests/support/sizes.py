"""How large the tests are that have two sizes."""

import os

FULL = os.environ.get("ASTRONOTE_FAULTS") == "full"
"""The sizes of the requirements, by ``bin/test --faults``; reduced ones otherwise."""
