"""The allow list and its switch."""

from alembic import op

revision = "0004"
down_revision = "0003"

STATEMENTS = (
    # `revision` is the registry's at the last change of the switch or the list: consumers compare it.
    """
    CREATE TABLE allow_list_switch (
        one_row boolean PRIMARY KEY DEFAULT true CHECK (one_row),
        is_on boolean NOT NULL DEFAULT false,
        revision bigint NOT NULL DEFAULT 0
    )
    """,
    "INSERT INTO allow_list_switch DEFAULT VALUES",
    """
    CREATE TABLE allow_list (
        channel text NOT NULL,
        address text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (channel, address)
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
