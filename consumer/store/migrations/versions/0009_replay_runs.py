"""Replays that run in the background of a gateway, so that any gateway can say how one goes."""

from alembic import op

revision = "0009"
down_revision = "0008"

STATEMENTS = (
    """
    CREATE TABLE replay_runs (
        run_id uuid PRIMARY KEY,
        operator text NOT NULL,
        status text NOT NULL DEFAULT 'running',
        started_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        records_total bigint,
        records_read bigint NOT NULL DEFAULT 0,
        found bigint NOT NULL DEFAULT 0,
        campaigns text[],
        report jsonb,
        problem text
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
