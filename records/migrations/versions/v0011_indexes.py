"""A tenant may have several indexes while one is rebuilt: which is read and which are written."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of records.index_tables; the first start notes the indexes that there are."""
    op.create_table(
        "index_versions",
        sa.Column("tenant", sa.String(40), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("model", sa.String(120)),
        sa.Column("shape", sa.String(64)),
        sa.Column("unfit", sa.Text),
        sa.Column("cursor", sa.Integer, nullable=False, server_default="0"),
        sa.Column("lease_owner", sa.String(80)),
        sa.Column("lease_until", sa.Float),
        sa.Column("begun_at", sa.Float, nullable=False),
        sa.Column("live_since", sa.Float),
    )
