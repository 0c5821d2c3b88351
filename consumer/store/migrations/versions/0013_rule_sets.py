"""Rule sets, and what people were sent as far as caps count it."""

from alembic import op

revision = "0013"
down_revision = "0012"

STATEMENTS = (
    """
    CREATE TABLE rule_sets (
        id text PRIMARY KEY,
        revision bigint NOT NULL,
        definition jsonb NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    # One row for each person: locked while it is decided what they may be sent, and rewritten with what they
    # were. No index covers what changes, so with half of each page free the new row stays beside the old.
    """
    CREATE TABLE cap_uses (
        person text PRIMARY KEY,
        uses jsonb NOT NULL DEFAULT '[]',
        updated_at timestamptz NOT NULL DEFAULT now()
    ) WITH (fillfactor = 50)
    """,
    "COMMENT ON COLUMN cap_uses.person IS 'the id of the profile, or namespace:userId of one without'",
    "COMMENT ON COLUMN cap_uses.uses IS 'each [epoch microseconds, channel, rule set, delivery, owner]'",
    "ALTER TABLE dead_letters ADD COLUMN release_at timestamptz",
    "COMMENT ON COLUMN dead_letters.release_at IS 'when it is replayed by itself, if it is'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
