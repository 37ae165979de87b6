"""How sure text recognition was of each page that was a picture."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; what is in the index already gets its rows when it is written again."""
    op.create_table(
        "recognised_pages",
        sa.Column("entry_id", sa.Integer, sa.ForeignKey("entries.id"), primary_key=True),
        sa.Column("page", sa.Integer, primary_key=True),
        sa.Column("confidence", sa.SmallInteger, nullable=False, index=True),
    )
