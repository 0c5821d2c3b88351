"""A campaign's live version can be paused, and a delivery names its execution."""

from alembic import op

revision = "0014"
down_revision = "0013"

STATEMENTS = (
    "ALTER TABLE deliveries ADD COLUMN execution_id uuid",
    "ALTER TABLE campaign_versions DROP CONSTRAINT campaign_versions_status_check",
    """
    ALTER TABLE campaign_versions ADD CONSTRAINT campaign_versions_status_check
    CHECK (status IN ('draft', 'live', 'paused', 'stopped', 'replaced')) NOT VALID
    """,
    "ALTER TABLE campaign_versions VALIDATE CONSTRAINT campaign_versions_status_check",
    # What a guard counts begins when somebody resumes the campaign.
    "ALTER TABLE campaign_versions ADD COLUMN resumed_at timestamptz",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
