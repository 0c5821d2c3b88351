"""The projections: executions, dead letters and resolutions as tables, with how far each topic was read."""

from alembic import op

revision = "0002"
down_revision = "0001"

PROGRESS = (
    # Rewritten with every batch; see partitions in 0001 for the fill factor.
    """
    CREATE TABLE projection_offsets (
        topic text NOT NULL,
        partition integer NOT NULL,
        next_offset bigint NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (topic, partition)
    ) WITH (fillfactor = 20)
    """,
)

EXECUTIONS = (
    # The key is the execution record's own place, by which it is also known to have left its topic.
    """
    CREATE TABLE executions (
        partition integer NOT NULL,
        record_offset bigint NOT NULL,
        execution_id uuid NOT NULL,
        campaign_id text NOT NULL,
        campaign_version integer,
        request_id text NOT NULL,
        attempt integer NOT NULL,
        source_topic text NOT NULL,
        source_partition integer NOT NULL,
        source_offset bigint NOT NULL,
        triggered_at timestamptz NOT NULL,
        executed_at timestamptz NOT NULL,
        outcomes jsonb NOT NULL,
        is_delivered boolean NOT NULL,
        PRIMARY KEY (partition, record_offset)
    )
    """,
    "COMMENT ON COLUMN executions.is_delivered IS 'every outcome is a delivery'",
    "CREATE INDEX executions_execution_id ON executions (execution_id)",
    "CREATE INDEX executions_request_id ON executions (request_id, campaign_id)",
    "CREATE INDEX executions_newest ON executions (executed_at, partition, record_offset)",
    "CREATE INDEX executions_of_campaign ON executions (campaign_id, executed_at, partition, record_offset)",
    # Exclusions and rejections are few among many; whoever looks for them looks here.
    """
    CREATE INDEX executions_not_delivered ON executions (executed_at, partition, record_offset)
    WHERE NOT is_delivered
    """,
    # Empty for what an outcome does not have, so that all of it can be the key.
    """
    CREATE TABLE outcome_counts (
        minute timestamptz NOT NULL,
        campaign_id text NOT NULL,
        channel text NOT NULL,
        outcome text NOT NULL,
        reason text NOT NULL,
        count bigint NOT NULL,
        PRIMARY KEY (campaign_id, minute, channel, outcome, reason)
    ) WITH (fillfactor = 50)
    """,
)

DEAD_LETTERS = (
    # Never the record's value: it holds one-time passwords and reset links.
    """
    CREATE TABLE dead_letters (
        partition integer NOT NULL,
        record_offset bigint NOT NULL,
        failed_at timestamptz NOT NULL,
        failed_at_text text NOT NULL,
        reason text NOT NULL,
        reasons text[] NOT NULL,
        detail text NOT NULL,
        failures jsonb,
        campaign_id text,
        campaign_version integer,
        request_id text,
        attempt integer NOT NULL,
        origin_topic text NOT NULL,
        origin_partition integer NOT NULL,
        origin_offset bigint NOT NULL,
        origin_timestamp bigint NOT NULL,
        value_bytes integer,
        is_open boolean NOT NULL,
        PRIMARY KEY (partition, record_offset)
    )
    """,
    "COMMENT ON COLUMN dead_letters.reasons IS 'the reasons of all failures, each once'",
    "COMMENT ON COLUMN dead_letters.is_open IS 'no resolution names this letter and its failed_at'",
    """
    CREATE INDEX dead_letters_open ON dead_letters (failed_at, partition, record_offset) WHERE is_open
    """,
    """
    CREATE INDEX dead_letters_open_of_campaign ON dead_letters
    (campaign_id, failed_at, partition, record_offset) WHERE is_open
    """,
    "CREATE INDEX dead_letters_newest ON dead_letters (failed_at, partition, record_offset)",
    "CREATE INDEX dead_letters_reasons ON dead_letters USING gin (reasons) WHERE is_open",
    "CREATE INDEX dead_letters_request_id ON dead_letters (request_id)",
    # As on the compacted topic, the last word on a letter is the one that stands. `partition` is where the
    # resolution lies; of a patch only that there was one, as its values may be secrets.
    """
    CREATE TABLE resolutions (
        letter_partition integer NOT NULL,
        letter_offset bigint NOT NULL,
        failed_at timestamptz NOT NULL,
        action text NOT NULL,
        run_id text NOT NULL,
        operator text NOT NULL,
        resolved_at timestamptz NOT NULL,
        note text,
        is_patched boolean NOT NULL,
        partition integer NOT NULL,
        PRIMARY KEY (letter_partition, letter_offset)
    )
    """,
)


def upgrade() -> None:
    for statement in (*PROGRESS, *EXECUTIONS, *DEAD_LETTERS):
        op.execute(statement)
