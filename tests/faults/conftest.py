"""The proof's short form takes minutes and three brokers: it runs when asked for, as `make prove` does."""

import os

collect_ignore = [] if os.environ.get("CLARION_TEST_PROOF") else ["test_proof.py"]
