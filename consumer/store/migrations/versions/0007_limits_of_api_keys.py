"""What a key is limited to: campaigns, labels, a rate."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE api_keys
            ADD COLUMN campaigns text[] NOT NULL DEFAULT '{}',
            ADD COLUMN labels text[] NOT NULL DEFAULT '{}',
            ADD COLUMN rate integer
        """
    )
