"""Audiences, their executions with the snapshots of members, and schedules."""

from alembic import op

revision = "0008"
down_revision = "0007"

AUDIENCES = (
    # `definition` is the file's content. Of one with a list, `list_hash` tells whether the list has changed.
    """
    CREATE TABLE audiences (
        id text PRIMARY KEY,
        definition jsonb NOT NULL,
        listed bigint,
        list_hash bytea,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "COMMENT ON COLUMN audiences.listed IS 'how many are on its list; null when it has conditions'",
    """
    CREATE TABLE audience_lists (
        audience_id text NOT NULL REFERENCES audiences ON DELETE CASCADE,
        namespace text NOT NULL,
        value text NOT NULL,
        PRIMARY KEY (audience_id, namespace, value)
    )
    """,
    # A value that is no moment compares as absent: a cast would fail the statement for everybody. Without a
    # zone it is in UTC, whatever the session's.
    r"""
    CREATE FUNCTION clarion_moment(value jsonb) RETURNS timestamptz LANGUAGE plpgsql STABLE STRICT AS $$
    DECLARE
        written text := value #>> '{}';
    BEGIN
        IF jsonb_typeof(value) <> 'string' OR written !~ '^\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?$' THEN
            RETURN NULL;
        ELSIF written ~ '(Z|[+-]\d\d(:?\d\d)?)$' AND length(written) > 10 THEN
            RETURN written::timestamptz;
        END IF;
        RETURN (written || ' UTC')::timestamptz;
    EXCEPTION WHEN data_exception THEN
        RETURN NULL;
    END
    $$
    """,
)

EXECUTIONS = (
    # `next_page` is where the expander goes on; `generation` is raised when it is set back, so that an
    # expander that was paused meanwhile cannot move it.
    """
    CREATE TABLE audience_executions (
        id uuid PRIMARY KEY,
        campaign_id text NOT NULL,
        request_id text NOT NULL,
        audience_id text NOT NULL,
        context json NOT NULL,
        state text NOT NULL DEFAULT 'InProgress' CHECK (state IN ('InProgress', 'Succeeded', 'Failed')),
        is_paused boolean NOT NULL DEFAULT false,
        reason text,
        created_at timestamptz NOT NULL DEFAULT now(),
        created_by text NOT NULL,
        namespace text,
        targeted bigint,
        without_identity bigint,
        page_size integer,
        pages integer,
        next_page integer NOT NULL DEFAULT 0,
        produced_pages integer NOT NULL DEFAULT 0,
        generation integer NOT NULL DEFAULT 0,
        finished_at timestamptz,
        final_counts jsonb
    )
    """,
    "COMMENT ON COLUMN audience_executions.targeted IS 'null until the snapshot is taken'",
    "COMMENT ON COLUMN audience_executions.final_counts IS 'by reason; from when the snapshot is pruned'",
    "CREATE INDEX audience_executions_running ON audience_executions (created_at) WHERE state = 'InProgress'",
    "CREATE INDEX audience_executions_newest ON audience_executions (created_at, id)",
    # Never updated. A page is one trigger.
    """
    CREATE TABLE audience_pages (
        execution_id uuid NOT NULL,
        page integer NOT NULL,
        profile_ids uuid[] NOT NULL,
        user_ids text[] NOT NULL,
        PRIMARY KEY (execution_id, page)
    )
    """,
    # A row says that a page is being executed, by the one record that owns it.
    """
    CREATE TABLE audience_outcomes (
        execution_id uuid NOT NULL,
        page integer NOT NULL,
        owner_topic text NOT NULL,
        owner_partition integer NOT NULL,
        owner_offset bigint NOT NULL,
        members integer NOT NULL,
        others jsonb,
        decided_at timestamptz,
        PRIMARY KEY (execution_id, page)
    ) WITH (fillfactor = 80)
    """,
    "COMMENT ON COLUMN audience_outcomes.others IS 'reasons by position, of members without a delivery'",
    "CREATE INDEX audience_outcomes_undecided ON audience_outcomes (execution_id) WHERE decided_at IS NULL",
    # One row: who expands, for as long as it says so again and again.
    """
    CREATE TABLE audience_expander (
        one_row boolean PRIMARY KEY DEFAULT true CHECK (one_row),
        holder text NOT NULL DEFAULT '',
        held_until timestamptz NOT NULL DEFAULT '-infinity'
    ) WITH (fillfactor = 20)
    """,
    "INSERT INTO audience_expander DEFAULT VALUES",
)

SCHEDULES = (
    """
    CREATE TABLE audience_schedules (
        id uuid PRIMARY KEY,
        campaign_id text NOT NULL,
        request_id text NOT NULL,
        audience_id text NOT NULL,
        context json NOT NULL,
        execute_at timestamptz NOT NULL,
        state text NOT NULL DEFAULT 'Scheduled'
            CHECK (state IN ('Scheduled', 'Triggered', 'Cancelled', 'Failed', 'Missed')),
        reason text,
        execution_id uuid NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        created_by text NOT NULL,
        settled_at timestamptz
    )
    """,
    "CREATE INDEX audience_schedules_due ON audience_schedules (execute_at) WHERE state = 'Scheduled'",
    "CREATE INDEX audience_schedules_newest ON audience_schedules (execute_at, id)",
)


def upgrade() -> None:
    for statement in (*AUDIENCES, *EXECUTIONS, *SCHEDULES):
        op.execute(statement)
