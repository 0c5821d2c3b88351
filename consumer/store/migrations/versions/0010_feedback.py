"""Feedback: deliveries and what was reported of them, the history of addresses, and counts for reports."""

from alembic import op

revision = "0010"
down_revision = "0009"

STATEMENTS = (
    # Rewritten with every batch; see partitions in 0001 for the fill factor.
    """
    CREATE TABLE feedback_offsets (
        topic text NOT NULL,
        partition integer NOT NULL,
        next_offset bigint NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (topic, partition)
    ) WITH (fillfactor = 20)
    """,
    # `marks`: when each kind of event happened first, from which state and figures follow. No index covers
    # it, so that a page with room keeps the new row version beside the old one.
    """
    CREATE TABLE deliveries (
        delivery_id uuid PRIMARY KEY,
        campaign_id text NOT NULL,
        campaign_version integer NOT NULL,
        channel text NOT NULL,
        locale text NOT NULL,
        treatment text NOT NULL,
        is_test boolean NOT NULL,
        recipient text NOT NULL,
        address text NOT NULL,
        created_at timestamptz NOT NULL,
        marks jsonb NOT NULL DEFAULT '{}'
    ) WITH (fillfactor = 70)
    """,
    "COMMENT ON COLUMN deliveries.address IS 'as the suppression list spells it'",
    "CREATE INDEX deliveries_recipient ON deliveries (recipient)",
    "CREATE INDEX deliveries_created_at ON deliveries (created_at)",
    "CREATE INDEX deliveries_of_campaign ON deliveries (campaign_id, created_at, delivery_id)",
    # An event is the same by delivery, type, time and link, of which `digest` is made.
    """
    CREATE TABLE feedback_events (
        delivery_id uuid NOT NULL,
        digest bytea NOT NULL,
        type text NOT NULL,
        at timestamptz NOT NULL,
        bounce text NOT NULL,
        category text NOT NULL,
        link text NOT NULL,
        is_machine boolean NOT NULL,
        scope text NOT NULL,
        received_at timestamptz NOT NULL,
        is_known boolean NOT NULL,
        PRIMARY KEY (delivery_id, digest)
    )
    """,
    "COMMENT ON COLUMN feedback_events.is_known IS 'its delivery is known, so that it counts'",
    "CREATE INDEX feedback_events_unknown ON feedback_events (delivery_id) WHERE NOT is_known",
    "CREATE INDEX feedback_events_received_at ON feedback_events (received_at)",
    # Kept when the reports are rebuilt: an event has its effects once. Empty addresses are those of people
    # who were erased.
    """
    CREATE TABLE address_events (
        delivery_id uuid NOT NULL,
        digest bytea NOT NULL,
        channel text NOT NULL,
        address text NOT NULL,
        at timestamptz NOT NULL,
        kind text NOT NULL,
        PRIMARY KEY (delivery_id, digest)
    )
    """,
    "CREATE INDEX address_events_of_address ON address_events (channel, address, at)",
    "CREATE INDEX address_events_at ON address_events (at)",
    "ALTER TABLE suppressions ADD COLUMN source text",
    "COMMENT ON COLUMN suppressions.source IS 'feedback, or null when a person added it'",
    *(
        f"""
        CREATE TABLE {table} (
            campaign_id text NOT NULL,
            minute timestamptz NOT NULL,
            campaign_version integer NOT NULL,
            channel text NOT NULL,
            locale text NOT NULL,
            treatment text NOT NULL,
            metric text NOT NULL,
            detail text NOT NULL,
            count bigint NOT NULL,
            PRIMARY KEY (campaign_id, minute, campaign_version, channel, locale, treatment, metric, detail)
        ) WITH (fillfactor = 50)
        """
        for table in ("report_outcomes", "report_feedback")
    ),
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
