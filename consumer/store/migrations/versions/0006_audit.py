"""Who changed what: a row for each change, written in the transaction that makes it."""

from alembic import op

revision = "0006"
down_revision = "0005"

STATEMENTS = (
    """
    CREATE TABLE audit (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        door text NOT NULL,
        actor text NOT NULL,
        actor_name text,
        what text NOT NULL,
        subject text NOT NULL,
        before jsonb,
        after jsonb
    )
    """,
    "CREATE INDEX audit_subject ON audit (subject, id)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
