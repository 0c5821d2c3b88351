"""How commands end: 0 done, 1 refused or failed, 2 usage, unusable setting or missing file."""

import signal
from typing import Final

FAILED: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 128 + signal.SIGINT
TERMINATED: Final = 128 + signal.SIGTERM
"""As shells report an end by Ctrl-C, and by SIGTERM."""
