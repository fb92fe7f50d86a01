"""Which operations of channel care leave an audit entry, how the test calls them, and which leave none and why."""

import io
import json

from django.test import override_settings

from connectors.models import PendingSignIn
from connectors.operations import caring, channels, importing, self_testing, signing_in, subscribing
from core import secrets
from core.audit.models import AuditEntry

EXEMPT = {
    "connectors.operations.caring.waiting_replies": "writes nothing",
    "connectors.operations.channels.demand_admin": "writes nothing",
    "connectors.operations.importing.import_waiting": "a worker's step of something that an admin asked for",
    "connectors.operations.importing.rows_of": "writes nothing",
    "connectors.operations.importing.piece_context": "writes nothing",
    "connectors.operations.importing.waiting_import": "writes nothing",
    "connectors.operations.importing.keep_rows": "a step of keep_import and choose_columns, on record there",
    "connectors.operations.importing.keep_bytes": "a step of keep_import, on record there",
    "connectors.operations.importing.seal_bytes": "a step of keep_import and choose_columns, on record there",
    "connectors.operations.choosing_columns.choose_columns": "leaves one entry; tests/connectors looks at it",
    "connectors.operations.listening_for_silence.count_arrivals": "keeps the house in order",
    "connectors.operations.listening_for_silence.watch_silence": "on record when it begins or ends; tests/connectors",
    "connectors.operations.self_testing.is_well": "writes nothing",
    "connectors.operations.self_testing.account_of": "writes nothing",
    "connectors.operations.self_testing.examined": "asks; what it finds is kept by the operations on record",
    "connectors.operations.self_testing.keep_findings": "a step of test_channel and subscribe_channel, on record there",
    "connectors.operations.self_testing.send_test_message": "leaves one entry; needs a mail server: tests/connectors",
    "connectors.operations.signing_in.return_from_sign_in": "a step of connecting, which choose_account puts on record",
    "connectors.operations.signing_in.get_returned": "writes nothing",
    "tickets.operations.closing_imported.close_imported": "one entry for each case; tests/connectors looks at it",
}


def keep_file(s):
    table = b"at,author_name,text\n2026-10-01T10:00:00+02:00,Kari,Hei\n"
    return importing.keep_import(actor=s.admin, channel_id=s.channel, content=io.BytesIO(table), now=s.now)


def with_file(operation, **more):
    def run(s):
        kept = keep_file(s)
        s.before = AuditEntry.objects.count()
        operation(actor=s.admin, import_id=kept.pk, now=s.now, **more)

    return run


def tested(s):
    with override_settings(PLATFORM_URLS={"facebook": "http://127.0.0.1:9"}):
        self_testing.test_channel(actor=s.admin, channel_id=s.channel, now=s.now)


def subscribed(s):
    values = {"external_id": "165", "name": "Havbris", "app_secret": "s", "handle": "h", "access_token": "t",
              "app_token": "a"}  # fmt: skip
    with override_settings(PLATFORM_URLS={"x": "http://127.0.0.1:9"}):
        made = channels.add_channel(actor=s.admin, platform="x", values=values, now=s.now)
        s.before = AuditEntry.objects.count()
        subscribing.subscribe_channel(actor=s.admin, channel_id=made.id, origin="https://here", now=s.now)


def resume(s):
    caring.pause_channel(actor=s.admin, channel_id=s.channel, now=s.now)
    s.before = AuditEntry.objects.count()
    caring.resume_channel(actor=s.admin, channel_id=s.channel, now=s.now)


def begin(s):
    entered = {"client_id": "app", "app_secret": "secret"}
    return signing_in.begin_sign_in(
        actor=s.admin, platform="x", values=entered, redirect="https://here/back", now=s.now
    )


def choose(s):
    row = PendingSignIn.objects.get(pk=begin(s).id)
    owned = [{"external_id": "165", "name": "Havbris", "settings": {"handle": "havbris"}}]
    values = {"client_id": "app", "app_secret": "secret"}
    kept = {"values": values, "verifier": "v", "tokens": values | {"access_token": "t"}, "owned": owned}
    row.sealed = secrets.seal(json.dumps(kept).encode(), context=row.context)
    row.save()
    s.before = AuditEntry.objects.count()
    signing_in.choose_account(actor=s.admin, sign_in_id=row.pk, external_id="165", now=s.now)


SCENARIOS = {
    caring.pause_channel: lambda s: caring.pause_channel(actor=s.admin, channel_id=s.channel, now=s.now),
    caring.resume_channel: resume,
    caring.remove_channel: lambda s: caring.remove_channel(actor=s.admin, channel_id=s.channel, now=s.now),
    self_testing.test_channel: tested,
    subscribing.subscribe_channel: subscribed,
    signing_in.begin_sign_in: begin,
    signing_in.choose_account: choose,
    importing.keep_import: keep_file,
    importing.start_import: with_file(importing.start_import, as_done=True),
    importing.discard_import: with_file(importing.discard_import),
}
