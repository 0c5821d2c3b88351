"""When a campaign's guard pauses it."""

from schemas.experiment import Guard


def broken_by(guard: Guard, sent: int, bounced: int, complained: int) -> str | None:
    """Which rate is reached, in a sentence; None while none is, or too few messages were sent."""
    if sent < guard.over:
        return None
    for name, limit, count in (
        ("bounce", guard.bounce_rate, bounced),
        ("complaint", guard.complaint_rate, complained),
    ):
        if limit is not None and count * 100 >= limit * sent:
            rate = f"{count / sent:.2%} of {sent:,} sent"
            return f"The {name} rate is {rate}; the guard allows less than {limit:g}%."
    return None
