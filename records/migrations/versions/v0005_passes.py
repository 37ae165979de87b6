"""How far the listing of a source has come, and what it no longer shows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    for column in (
        sa.Column("checkpoint", sa.JSON),
        sa.Column("pass_number", sa.Integer, nullable=False, server_default="0"),
        sa.Column("last_error", sa.Text),
        sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("begun_at", sa.Float),
    ):
        op.add_column("sources", column)
    for column in (
        sa.Column("identity", sa.Text),
        sa.Column("pass_seen", sa.Integer, nullable=False, server_default="0"),
        sa.Column("missing", sa.Boolean, nullable=False, server_default=sa.false()),
    ):
        op.add_column("entries", column)
