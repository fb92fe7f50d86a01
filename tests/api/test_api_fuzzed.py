"""Schemathesis asks every operation whatever its schema allows, and what it does not: no fault, no broken promise."""

from contextlib import suppress
from itertools import cycle

import pytest
import schemathesis
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from inbox.scopes import scopes_of_role

load_all_checks()

EXAMPLES = 20  # of each operation, two thirds of them within the schema
PROMISES = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
)


@pytest.fixture
def town(written, elsewhere, people, replied, case, now):
    """Cases with all there is on one: words in public and private, masks, notes, tags, replies in every state."""
    import uuid

    from tickets.operations.noting import add_note
    from tickets.operations.tagging import set_tags

    messages = [replied(state) for state in ("failed", "unknown", "queued")]
    add_note(actor=people["lead"], ticket_id=case.pk, text="Ring 91 23 45 67", client_key=uuid.uuid4(), now=now)
    set_tags(actor=people["lead"], ticket_id=case.pk, names=["Levering", "haster"], now=now)
    private = written("Skriv til kari.nordmann@post.example", visibility="private", handle="kari.n")
    return {
        "ticket_id": [case.pk, private.pk, elsewhere.pk],
        "message_id": [case.messages.get(direction="in").pk, *(message.pk for message in messages)],
        "customer_id": [case.customer_id, private.customer_id],
        "channel_id": [case.channel_id],
        "assignee_id": [people["agent"].pk],
        "team_id": [case.team_id],
        "thread_id": [case.ticket_threads.get().thread_id],
    }


@pytest.fixture
def api(db, script_of, people):
    """The schema as it is served, over the application in this process, so that all is in this test's transaction."""
    from django.core.handlers.wsgi import WSGIHandler
    from django.core.signals import request_finished, request_started
    from django.db import close_old_connections

    signals = (request_started, request_finished)
    for signal in signals:  # a request's end would end the test's transaction; Django's own test client does the same
        signal.disconnect(close_old_connections)
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema/", WSGIHandler())
    schema.config.generation.update(with_security_parameters=False)  # who asks is settled below
    yield schema
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.slow
def test_no_fault_and_no_broken_promise(api, town, script_of, people, settings_for_fuzzing):
    token = script_of(people["lead"], *scopes_of_role("lead")).token
    asked = {}
    for found in api.get_all_operations():
        operation = found.ok()
        asked[operation.label] = _ask(operation, token, town)

    assert len(asked) >= 22
    assert sum(sum(codes.values()) for codes in asked.values()) >= 200  # some operations have few questions to ask
    refused = {label for label, codes in asked.items() if not any(code < 400 for code in codes)}
    assert refused <= {"POST /api/v1/tickets/{ticket_id}/reveals/"}
    assert not any(code >= 500 for codes in asked.values() for code in codes)


@pytest.fixture
def settings_for_fuzzing(settings):
    """The rate limit is tested elsewhere."""
    settings.API_RATE_PER_MINUTE = 1_000_000


def _ask(operation, token, town):
    codes = {}
    promises = [CHECKS.get_one(name) for name in PROMISES]
    known = _real_ids(operation, town)
    within = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    beyond = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @seed(20261120)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate], derandomize=False,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(case=st.one_of(within, within, beyond), invented=st.integers(0, 3))
    def ask(case, invented):
        if invented and case.meta.generation.mode == GenerationMode.POSITIVE:
            _make_real(case, known)
        with suppress(Undone), transaction.atomic():
            answer = case.call(headers={"Authorization": f"Bearer {token}"})
            codes[answer.status_code] = codes.get(answer.status_code, 0) + 1
            case.validate_response(answer, checks=promises)
            raise Undone

    ask()
    return codes


def _real_ids(operation, town):
    """Of an operation on one message of a case only the case that has messages in every state: each must be met."""
    of_message = "{message_id}" in operation.label
    return {name: cycle(ids[:1] if of_message and name == "ticket_id" else ids) for name, ids in town.items()}


def _make_real(case, known):
    """Ids that exist in place of invented ones, so that the work itself is reached."""
    for names in (case.path_parameters, case.body):
        for name in known.keys() & names.keys() if isinstance(names, dict) else ():
            names[name] = next(known[name])


class Undone(Exception):
    """Each question finds the same rows."""
