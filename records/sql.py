"""Connections to SQL: PostgreSQL, or SQLite with what it needs to serve several processes. Knows no table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import alembic.command
import alembic.config
import sqlalchemy as sa
from sqlalchemy import event

from records.settings import read_secret

_BUSY_MILLISECONDS = 30_000

#: execution option of a connection that will not write
READING = "reading"


def connect(url: str, password_file: Path | None, *, each_commit_on_disk: bool = False) -> sa.Engine:
    """Return the connections to a database; none is opened yet.

    With `each_commit_on_disk` a commit that returned survives a power cut on SQLite too; on PostgreSQL it always does.
    """
    address = sa.make_url(url)
    if password_file is not None:
        address = address.set(password=read_secret(password_file))
    engine = sa.create_engine(address, pool_pre_ping=True)
    if engine.dialect.name == "sqlite":
        synchronous = "FULL" if each_commit_on_disk else "NORMAL"

        def prepare(connection: Any, _record: object) -> None:
            connection.isolation_level = None  # SQLAlchemy's BEGIN below decides, not the driver
            for pragma in (
                f"busy_timeout={_BUSY_MILLISECONDS}",
                "journal_mode=WAL",
                "foreign_keys=ON",
                f"synchronous={synchronous}",
            ):
                connection.execute(f"PRAGMA {pragma}")

        event.listen(engine, "connect", prepare)
        event.listen(engine, "begin", _begin)
    return engine


def upgrade(engine: sa.Engine, migrations: Path) -> None:
    """Bring the tables to the form that the steps in `migrations` lead to; safe to repeat. Closes the connections."""
    try:
        config = alembic.config.Config()
        config.set_main_option("script_location", str(migrations))
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            alembic.command.upgrade(config, "head")
    finally:
        engine.dispose()


def _begin(connection: sa.Connection) -> None:
    # A transaction that first reads and then writes would fail at once, not wait, when another one wrote in between.
    reading = connection.get_execution_options().get(READING, False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
