"""What a campaign would send, and why not, tried without sending; and proofs, which are sent to a few."""
