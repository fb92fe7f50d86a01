"""Putting a backup back: checked before anything is touched; nobody is served until what was deleted is gone again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _

from connectors.operations.ingesting import ingest_waiting
from core import secrets
from core.actors import SYSTEM
from core.audit.record import record
from core.errors import Conflict, Invalid
from core.keys.state import list_lost
from inbox.operations.backing_up import Manifest, count_rows, hash_check, opened_backup, run_program
from inbox.operations.tombstones import Replayed, journal_deletions, replay_tombstones

_OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
_CLOSED = "samsvar_restore_not_finished"
# What extensions own stays: only their owner may make them again.
_EMPTY = """
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind, c.relname
        FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'S')
            AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('e', 'i', 'a'))
    LOOP EXECUTE format('DROP %s IF EXISTS public.%I CASCADE', one.kind, one.relname); END LOOP;
    FOR one IN SELECT p.proname, pg_get_function_identity_arguments(p.oid) AS takes FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace
            AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    LOOP EXECUTE format('DROP FUNCTION public.%I(%s) CASCADE', one.proname, one.takes); END LOOP;
END $$
"""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did."""

    made_at: str
    rows: int
    ingested: int
    replayed: Replayed
    lost: tuple[str, ...]


def restore_backup(*, path: Path, force: bool, now: datetime) -> Restored:
    """Put a backup into our database, and take back again what was deleted since it was made.

    Takes: force, True to replace what the database holds now.
    Raises: Invalid (no backup, damaged, newer, keys missing), Conflict (database not empty, or somebody is connected).
    """
    with opened_backup(path) as (manifest, dump):
        _check(manifest)
        _demand_room(force=force)
        _set_closed(True)
        _empty()
        run_program("pg_restore", ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error",
                                   f"--dbname={connection.settings_dict['NAME']}", str(dump)])  # fmt: skip
    _compare(manifest)
    call_command("migrate", verbosity=0, interactive=False)  # the backup may be of an older version
    ingested = ingest_waiting(now=now)  # what is new in the backup would otherwise be read after the replay
    replayed = replay_tombstones(now=now)
    record(actor=SYSTEM, action="backup.restored", object_type="database", object_id=None, now=now)
    _set_closed(False)
    return Restored(manifest.made_at, sum(manifest.rows.values()), ingested, replayed, tuple(list_lost()))


def is_restore_unfinished() -> bool:
    """Whether a restore was cut short, so that nothing is served from this database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase"
            " WHERE d.datname = current_database() AND %s = ANY(s.setconfig)",
            [f"search_path={_CLOSED}"],
        )
        return cursor.fetchone() is not None


def _check(manifest: Manifest) -> None:
    missing = sorted(set(manifest.key_ids) - set(secrets.ring_ids()))
    if missing:
        raise Invalid(
            _("This backup needs keys that are not in SAMSVAR_KEYS: %(ids)s. Put them there first.")
            % {"ids": ", ".join(missing)}
        )
    if manifest.hash_check != hash_check():
        raise Invalid(_("This backup was made with another SAMSVAR_HASH_KEY: set that one first."))
    known = set(MigrationLoader(None).disk_migrations)
    unknown = sorted(".".join(one) for one in manifest.migrations if _ours(one[0]) and tuple(one) not in known)
    if unknown:
        raise Invalid(
            _("This backup was made by a newer version, which has these migrations: %(names)s. Install that one first.")
            % {"names": ", ".join(unknown)}
        )


def _ours(app: str) -> bool:
    return app in {label for label, _name in MigrationLoader(None).disk_migrations}


def _demand_room(*, force: bool) -> None:
    """Raises: Conflict. Leaves: the journal up to date with what is about to be replaced."""
    with connection.cursor() as cursor:
        cursor.execute(_OTHERS)
        others = cursor.fetchone()[0]
    if others:
        raise Conflict(
            _("%(count)d others are connected to this database: stop web, workers and beat first.") % {"count": others}
        )
    tables = connection.introspection.table_names()
    if tables and not force:
        raise Conflict(_("This database is not empty. --force replaces everything in it with the backup."))
    if "inbox_deletion" in tables:
        while journal_deletions():
            pass


def _set_closed(closed: bool) -> None:
    """While closed, every new session but ours and pg_restore's finds no table, so that nothing half done is served."""
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        if closed:
            cursor.execute(f"ALTER DATABASE {name} SET search_path = {_CLOSED}")
        else:
            cursor.execute(f"ALTER DATABASE {name} RESET search_path")
        cursor.execute("SET search_path TO public")


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_EMPTY)


def _compare(manifest: Manifest) -> None:
    """Raises: Invalid when the tables do not hold what the manifest counted."""
    if count_rows() != manifest.rows:
        raise Invalid(_("The restored tables do not hold what the manifest says; the database stays closed."))
