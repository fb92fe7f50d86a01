"""The doctor: looks at every part of the house and says in words what is wrong and what to do.

A check gives findings; one that cannot look because database or broker is away is passed over, since that has been
said once already. Sentences hold counts, ids and paths, never what people wrote.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core import checks
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from connectors.kit import registry
from connectors.models import Account, Delivery, DeliveryState, Health
from connectors.queries.channel_lines import code_text
from connectors.queries.tokens import WARN_DAYS, token_warnings
from core import tally
from core.broker import broker
from core.keys.state import list_lost
from core.users.models import User
from inbox.alive import QUEUES, get_beat_age, get_worker_ages
from inbox.live.models import Hint
from inbox.operations.restoring import is_restore_unfinished
from inbox.operations.seeding import DEMO_PASSWORD, PEOPLE
from tickets.models import Part, PartState

OK, NOTE, WRONG = "ok", "note", "wrong"
EXTENSIONS = ("pg_trgm", "unaccent", "vector")
LEAST_DISK_BYTES = 1_000_000_000
STALE_WORKER = 60.0  # seconds; beat gives every queue work each ten seconds at least
STALE_BEAT = 30.0
STALE_ROW = timedelta(minutes=2)
STALE_HINT = timedelta(seconds=30)
OLD_SHEET = timedelta(days=180)
SUNSET_NOTICE_DAYS = 60
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `level`: ok, note (worth knowing) or wrong (needs somebody)."""

    name: str
    level: str
    sentence: str
    advice: str = ""


Check = Callable[[datetime], Iterable[Finding]]


def diagnose(*, now: datetime) -> list[Finding]:
    """Every finding, in a fixed order. Raises nothing; changes nothing."""
    findings = [*_run("settings", _settings, now), *_run("static files", _static_files, now)]
    findings += [*_run("disk", _disk, now), *_run("platform sheets", _sheets, now)]
    database, broken = _reach("database", _ask_database), _reach("broker", _ask_broker)
    findings += [database, broken]
    if database.level == OK:
        findings += [finding for name, check in _IN_DATABASE for finding in _run(name, check, now)]
    if broken.level == OK:
        findings += [finding for name, check in _IN_BROKER for finding in _run(name, check, now)]
    return findings


def _run(name: str, check: Check, now: datetime) -> list[Finding]:
    try:
        found = list(check(now))
    except Exception as error:  # one check's fault must not hide the others'
        log.debug("check of %s failed: %s", name, type(error).__name__)
        return [Finding(name, WRONG, f"This could not be looked at ({type(error).__name__}).")]
    return found or [Finding(name, OK, "Nothing to complain of.")]


def _reach(name: str, ask: Callable[[], str]) -> Finding:
    try:
        return Finding(name, OK, ask())
    except Exception as error:  # whatever it was: it cannot be reached
        variable = "DATABASE_URL" if name == "database" else "REDIS_URL"
        return Finding(
            name, WRONG, f"The {name} cannot be reached ({type(error).__name__}).",
            f"Start it, or correct {variable}. What depends on it was not looked at.",
        )  # fmt: skip


def _ask_database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), pg_size_pretty(pg_database_size(current_database()))")
        version, size = cursor.fetchone()
    return f"PostgreSQL {version} answers; the database takes {size}."


def _ask_broker() -> str:
    broker().ping()
    return "The broker answers."


def _settings(_now: datetime) -> Iterator[Finding]:
    """Values that stop the start are refused by inbox/production.py; here is what may run but should not."""
    for issue in checks.run_checks(include_deployment_checks=not settings.DEMO):
        if not issue.is_silenced():
            level = WRONG if issue.level >= checks.WARNING else NOTE
            yield Finding("settings", level, f"{issue.msg} ({issue.id})", str(issue.hint or ""))
    if settings.DEMO:
        yield Finding("settings", NOTE, "This is a demo: plain http, and a password that everybody knows.")


def _static_files(_now: datetime) -> Iterator[Finding]:
    root = Path(settings.STATIC_ROOT)
    try:
        paths = json.loads((root / "staticfiles.json").read_text())["paths"].values()
        missing = sum(not (root / path).is_file() for path in paths)
    except (OSError, ValueError, KeyError):
        missing = -1
    if missing:
        said = f"{missing} static files are missing." if missing > 0 else "Static files have not been collected."
        yield Finding("static files", WRONG, said, "Run `manage.py collectstatic`.")


def _disk(_now: datetime) -> Iterator[Finding]:
    home = Path(settings.HOME)
    there = next((folder for folder in (home.absolute(), *home.absolute().parents) if folder.exists()), Path("/"))
    free = shutil.disk_usage(there).free
    if free < LEAST_DISK_BYTES:
        yield Finding("disk", WRONG, f"{free // 1_000_000} MB are free where SAMSVAR_HOME lies.", "Make room.")


def _sheets(now: datetime) -> Iterator[Finding]:
    for key in registry.keys():  # noqa: SIM118  a function, not a mapping
        checked = registry.get(key).manifest.checked
        if _days_since(checked, now) > OLD_SHEET.days:
            yield Finding(
                "platform sheets", NOTE, f"What we know of {key} was checked {_days_since(checked, now)} days ago.",
                "Look for a newer version of this program.",
            )  # fmt: skip
        sunset = registry.get(key).manifest.api_sunset
        if sunset is not None and -_days_since(sunset, now) <= SUNSET_NOTICE_DAYS:
            yield Finding(
                "platform sheets", NOTE, f"{key} answers the version of its API that we speak until {sunset}.",
                "Look for a newer version of this program before that.",
            )  # fmt: skip


def _days_since(checked: date, now: datetime) -> int:
    return (now.date() - checked).days


def _migrations(_now: datetime) -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        yield Finding("migrations", WRONG, f"{len(waiting)} migrations are not applied.", "Run `manage.py migrate`.")
    if is_restore_unfinished():
        yield Finding(
            "migrations", WRONG, "A restore was cut short; nothing is served from this database.",
            "Run `manage.py restore FILE --force` again.",
        )  # fmt: skip


def _extensions(_now: datetime) -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_available_extensions WHERE name = ANY(%s)", [list(EXTENSIONS)])
        missing = sorted(set(EXTENSIONS) - {name for (name,) in cursor.fetchall()})
    if missing:
        yield Finding(
            "extensions", WRONG, f"The server has no {', '.join(missing)}.",
            "Install PostgreSQL's contrib modules and pgvector there.",
        )  # fmt: skip


def _deliveries(now: datetime) -> Iterator[Finding]:
    new = Delivery.objects.filter(state=DeliveryState.NEW)
    if (oldest := new.order_by("received_at").first()) and now - oldest.received_at > STALE_ROW:
        yield Finding(
            "deliveries", WRONG,
            f"Delivery {oldest.pk} has waited for {_age(now - oldest.received_at)}; {new.count()} wait.",
            "Look whether the worker of the queue `ingest` runs.",
        )  # fmt: skip
    unreadable = Delivery.objects.filter(state=DeliveryState.UNREADABLE)
    if first := unreadable.order_by("pk").first():
        yield Finding(
            "deliveries", WRONG,
            f"{unreadable.count()} deliveries are unreadable; the first is {first.pk}: {first.error}.",
            "Report it; after a fix `manage.py replay` reads them again.",
        )  # fmt: skip


def _parts(now: datetime) -> Iterator[Finding]:
    free = (
        Part.objects.filter(state=PartState.QUEUED)
        .exclude(message__channel__account__health__in=[Health.RECONNECT, Health.LIMITED, Health.CREDITS])
        .filter(message__channel__account__paused_at__isnull=True)
    )
    if (oldest := free.order_by("not_before_at").first()) and now - oldest.not_before_at > STALE_ROW:
        yield Finding(
            "sending", WRONG, f"Part {oldest.pk} has been due for {_age(now - oldest.not_before_at)}.",
            "Look whether the worker of the queue `send` runs; a part before it may be unknown.",
        )  # fmt: skip
    unknown = Part.objects.filter(state=PartState.UNKNOWN)
    if first := unknown.order_by("pk").first():
        yield Finding(
            "sending", NOTE,
            f"{unknown.count()} parts may have been sent; the first belongs to message {first.message_id}.",
            "Whoever answered decides on the case's page.",
        )  # fmt: skip


def _channels(now: datetime) -> Iterator[Finding]:
    yield from _silences(now)
    for account in Account.objects.exclude(health=Health.OK).select_related("channel").order_by("channel_id"):
        held = account.health == Health.RECONNECT
        words = code_text(account.channel.platform, account.health_code)
        reason = f" [{account.health_code}]" if account.health_code else ""
        yield Finding(
            "channels", WRONG if held else NOTE,
            f"Channel {account.channel_id} ({account.channel.platform}): {Health(account.health).label}{reason}."
            + (f" {words}" if words else ""),
            f"Run `manage.py channel reconnect {account.channel_id}` with new credentials." if held else "",
        )  # fmt: skip


def _silences(_now: datetime) -> Iterator[Finding]:
    """Channels that are quieter than their weeks say."""
    quiet = Account.objects.filter(quiet_since__isnull=False).select_related("channel").order_by("channel_id")
    for account in quiet:
        yield Finding(
            "channels", NOTE,
            f"Channel {account.channel_id} ({account.channel.platform}) is quieter than it ever is: "
            f"nothing since {account.quiet_since:%Y-%m-%d %H:%M} UTC.",
            "Run its self-test on the page of channels, or write to it yourself.",
        )  # fmt: skip


def _tokens(now: datetime) -> Iterator[Finding]:
    """Access tokens that only a person can renew, from two weeks before their end on."""
    for one in token_warnings(now):
        days = "1 day" if one.days_left == 1 else f"{one.days_left} days"
        when = f"ends in {days}" if one.days_left > 0 else "has ended or ends today"
        yield Finding(
            "tokens", WRONG if one.within == min(WARN_DAYS) else NOTE,
            f"The sign-in of channel {one.channel_id} ({one.platform}) {when}, at {one.ends_at:%Y-%m-%d %H:%M} UTC.",
            f"Run `manage.py channel reconnect {one.channel_id}` with new credentials before that.",
        )  # fmt: skip


def _hints(now: datetime) -> Iterator[Finding]:
    late = Hint.objects.filter(seq__isnull=True, created_at__lt=now - STALE_HINT).count()
    if late:
        yield Finding(
            "live", WRONG, f"{late} changes have not been told to the browsers for {STALE_HINT.seconds} s or more.",
            "Look whether the worker of the queue `slow` runs.",
        )  # fmt: skip


def _counters(_now: datetime) -> Iterator[Finding]:
    wrong = _differences()
    if wrong:
        yield Finding("counters", WRONG, f"{wrong} counters beside the queue are not what COUNT(*) says.", "Report it.")


def _differences() -> int:
    """Compared in one statement, so that what changes meanwhile is on both sides or on neither."""
    kept = "SELECT status, team_id, assignee_id, sum(n) FROM tickets_count GROUP BY 1, 2, 3 HAVING sum(n) <> 0"
    real = "SELECT status, team_id, assignee_id, count(*) FROM tickets_ticket GROUP BY 1, 2, 3"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT (SELECT count(*) FROM (({kept}) EXCEPT ({real})) a)"  # noqa: S608  constants above
            f" + (SELECT count(*) FROM (({real}) EXCEPT ({kept})) b)"
        )
        return int(cursor.fetchone()[0])


def _keys(_now: datetime) -> Iterator[Finding]:
    for sentence in list_lost():
        yield Finding("keys", WRONG, sentence, "Put the missing key into SAMSVAR_KEYS, from where the keys are kept.")


def _demo_people(_now: datetime) -> Iterator[Finding]:
    if settings.DEMO:
        return
    people = User.objects.filter(email__in=[person.email for person in PEOPLE], is_active=True)
    known = sum(user.check_password(DEMO_PASSWORD) for user in people)
    if known:
        yield Finding(
            "people", WRONG, f"{known} demo colleagues can sign in with the password that everybody knows.",
            "Give them other passwords, or switch them off.",
        )  # fmt: skip


def _workers(now: datetime) -> Iterator[Finding]:
    ages = get_worker_ages(now)
    for queue in QUEUES:
        if queue not in ages or ages[queue] > STALE_WORKER:
            seen = f"for {_age(timedelta(seconds=ages[queue]))}" if queue in ages else "since the broker began"
            yield Finding(
                "workers", WRONG, f"No worker has finished anything of the queue `{queue}` {seen}.",
                f"Start the worker of the queue `{queue}`, and look whether beat runs.",
            )  # fmt: skip


def _beat(now: datetime) -> Iterator[Finding]:
    age = get_beat_age(now)
    if age is None or age > STALE_BEAT:
        seen = "since the broker began" if age is None else f"for {_age(timedelta(seconds=age))}"
        yield Finding("beat", WRONG, f"Beat has sent nothing {seen}.", "Start beat; there must be exactly one.")


def _refusals(_now: datetime) -> Iterator[Finding]:
    refused = tally.get_recent("webhooks").get("refused", 0)
    if refused:
        yield Finding(
            "signatures", NOTE, f"{refused} webhooks with a wrong signature were refused today and yesterday.",
            "When a platform's traffic is missing, its app secret here is another one: reconnect the channel.",
        )  # fmt: skip


def _age(span: timedelta) -> str:
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


_IN_DATABASE: tuple[tuple[str, Check], ...] = (
    ("migrations", _migrations), ("extensions", _extensions), ("people", _demo_people), ("keys", _keys),
    ("deliveries", _deliveries), ("sending", _parts), ("channels", _channels), ("tokens", _tokens),
    ("live", _hints), ("counters", _counters),
)  # fmt: skip
_IN_BROKER: tuple[tuple[str, Check], ...] = (("workers", _workers), ("beat", _beat), ("signatures", _refusals))
