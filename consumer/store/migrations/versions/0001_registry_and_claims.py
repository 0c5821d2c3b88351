"""The registry, profiles, suppressions, claims, and what is known of partitions."""

from alembic import op

revision = "0001"
down_revision = None

REGISTRY = (
    # Raised by every change to the registry, in its transaction. As the change holds this row until it
    # commits, a reader who has seen revision n has seen all that happened up to n.
    """
    CREATE TABLE registry_revision (
        one_row boolean PRIMARY KEY DEFAULT true CHECK (one_row),
        revision bigint NOT NULL
    )
    """,
    "INSERT INTO registry_revision (revision) VALUES (0)",
    """
    CREATE TABLE campaigns (
        id text PRIMARY KEY,
        revision bigint NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        archived_at timestamptz
    )
    """,
    "CREATE INDEX campaigns_revision ON campaigns (revision)",
    """
    CREATE TABLE campaign_versions (
        campaign_id text NOT NULL REFERENCES campaigns,
        version integer NOT NULL CHECK (version > 0),
        status text NOT NULL CHECK (status IN ('draft', 'live', 'stopped')),
        definition jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        activated_at timestamptz,
        stopped_at timestamptz,
        PRIMARY KEY (campaign_id, version)
    )
    """,
    "CREATE UNIQUE INDEX one_live_version ON campaign_versions (campaign_id) WHERE status = 'live'",
    "CREATE UNIQUE INDEX one_draft_version ON campaign_versions (campaign_id) WHERE status = 'draft'",
    """
    CREATE TABLE channel_configurations (
        name text PRIMARY KEY,
        revision bigint NOT NULL,
        definition jsonb NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX channel_configurations_revision ON channel_configurations (revision)",
)

PEOPLE = (
    # The owner is the trigger record that created the profile, so that a second run of it announces it again.
    """
    CREATE TABLE profiles (
        id uuid PRIMARY KEY,
        attributes jsonb NOT NULL DEFAULT '{}',
        consents jsonb NOT NULL DEFAULT '{}',
        dataset text,
        created_at timestamptz NOT NULL DEFAULT now(),
        owner_topic text,
        owner_partition integer,
        owner_offset bigint
    )
    """,
    """
    CREATE TABLE identities (
        namespace text NOT NULL,
        value text NOT NULL,
        profile_id uuid NOT NULL REFERENCES profiles ON DELETE CASCADE,
        PRIMARY KEY (namespace, value)
    )
    """,
    "CREATE INDEX identities_profile_id ON identities (profile_id)",
    """
    CREATE TABLE suppressions (
        channel text NOT NULL,
        address text NOT NULL,
        reason text NOT NULL CHECK (reason IN ('bounce', 'complaint', 'unsubscribe')),
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (channel, address, reason)
    )
    """,
)

EXACTLY_ONCE = (
    """
    CREATE TABLE claims (
        delivery_id uuid PRIMARY KEY,
        owner_topic text NOT NULL,
        owner_partition integer NOT NULL,
        owner_offset bigint NOT NULL,
        fingerprint bytea NOT NULL,
        claimed_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX claims_claimed_at ON claims (claimed_at)",
    # A few rows, each rewritten about once a second. No index covers what changes, so with most of each page
    # left free the new row version stays beside the old one (HOT) and neither table nor index grows.
    """
    CREATE TABLE partitions (
        group_id text NOT NULL,
        topic text NOT NULL,
        partition integer NOT NULL,
        epoch bigint NOT NULL DEFAULT 0,
        attempted_offset bigint,
        acknowledged_offset bigint,
        updated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (group_id, topic, partition)
    ) WITH (fillfactor = 20)
    """,
    "COMMENT ON COLUMN partitions.attempted_offset IS 'the next offset after what was tried'",
    "COMMENT ON COLUMN partitions.acknowledged_offset IS 'the next offset after what Kafka committed'",
)


def upgrade() -> None:
    for statement in (*REGISTRY, *PEOPLE, *EXACTLY_ONCE):
        op.execute(statement)
