"""Opens and clicks by programs: privacy proxies and security scanners, by the names that they give."""

import re
from typing import Final

# Apple's mail privacy proxy says nothing but this.
_BARE: Final = "Mozilla/5.0"
_KNOWN: Final = re.compile(
    r"bot\b|crawl|spider|scanner|proofpoint|mimecast|barracuda|safelinks|trendmicro|symantec|forcepoint"
    r"|python-requests|python-urllib|aiohttp|curl/|wget/|go-http-client|java/|okhttp|headlesschrome",
    re.IGNORECASE,
)


def is_machine(user_agent: str | None) -> bool:
    """Tell whether a program is known to be behind it; without an agent, no."""
    return user_agent is not None and (user_agent.strip() == _BARE or bool(_KNOWN.search(user_agent)))
