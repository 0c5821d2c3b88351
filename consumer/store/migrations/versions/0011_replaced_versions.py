"""A version that a newer one replaced is `replaced`; `stopped` is what somebody stopped."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE campaign_versions
            DROP CONSTRAINT campaign_versions_status_check,
            ADD CONSTRAINT campaign_versions_status_check
                CHECK (status IN ('draft', 'live', 'stopped', 'replaced'))
        """
    )
    # An activation ended the version before it in its own instant. What an older process activates
    # leaves the word `stopped`, and nothing depends on the word.
    op.execute(
        """
        UPDATE campaign_versions AS old SET status = 'replaced'
        WHERE old.status = 'stopped' AND EXISTS (
            SELECT FROM campaign_versions AS new
            WHERE new.campaign_id = old.campaign_id AND new.version > old.version
              AND new.activated_at = old.stopped_at
        )
        """
    )
