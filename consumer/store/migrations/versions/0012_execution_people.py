"""By whom executions are found: keyed hashes of identities and addresses, which name nobody."""

from alembic import op

revision = "0012"
down_revision = "0011"

STATEMENTS = (
    """
    CREATE TABLE execution_people (
        hash bytea NOT NULL,
        execution_id uuid NOT NULL,
        executed_at timestamptz NOT NULL,
        PRIMARY KEY (hash, executed_at, execution_id)
    )
    """,
    "CREATE INDEX execution_people_oldest ON execution_people (executed_at)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
