"""The formatter trusts nobody: exceptions by class and place, strangers' words withheld, numbers kept."""

import json
import logging

import pytest

from inbox.logs import JsonLines, ReadableLines, logging_config

MARK = "Zqsecret"


@pytest.fixture
def said():
    """said("logger.name", act) → the events `act(logger)` leaves, as JSON."""

    def listen(name, act):
        lines = []

        class Keep(logging.Handler):
            def emit(self, record):
                lines.append(self.format(record))

        logger, handler = logging.getLogger(name), Keep()
        handler.setFormatter(JsonLines())
        logger.addHandler(handler)
        before, logger.level = logger.level, logging.DEBUG
        try:
            act(logger)
        finally:
            logger.removeHandler(handler)
            logger.setLevel(before)
        return [json.loads(line) for line in lines]

    return listen


def raising(logger):
    try:
        try:
            raise KeyError(MARK)
        except KeyError as error:
            raise ValueError(f"row with {MARK}") from error
    except ValueError:
        logger.exception("part %d failed", 7, extra={"part_id": 7})


def test_an_exception_is_class_and_place(said):
    (event,) = said("connectors.sending", raising)

    assert list(event) == ["at", "level", "logger", "message", "part_id", "error", "place"]
    assert event["message"] == "part 7 failed"
    assert event["error"] == "ValueError from KeyError"
    assert event["place"].startswith("tests/operations/test_logs.py:")
    assert MARK not in json.dumps(event)


def test_an_exception_as_a_word_is_its_class(said):
    (event,) = said("inbox.x", lambda logger: logger.warning("failed: %s", ValueError(MARK)))

    assert event["message"] == "failed: ValueError"


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda logger: logger.info("GET %s took %d ms", f"/x?token={MARK}", 12), "GET … took 12 ms"),
        (lambda logger: logger.info("%(name)s got %(args)s", {"name": "task", "args": MARK}), "task got …"),
        (lambda logger: logger.info("Application startup complete."), "Application startup complete."),
        (lambda logger: logger.info("%s", ValueError), "ValueError"),
        (lambda logger: logger.info(ValueError(MARK)), "ValueError"),
    ],
)
def test_strangers_say_constants_and_numbers(said, act, message):
    (event,) = said("somebody.else", act)

    assert event["message"].startswith(message) or event["message"].startswith("…")
    assert MARK not in json.dumps(event)
    if "ValueError" not in message:
        assert event["message"] == message


def test_a_strangers_filled_text_is_withheld_with_its_place(said):
    (event,) = said("somebody.else", lambda logger: logger.info(f"> TEXT {MARK}"))

    assert event["message"].startswith("… tests/operations/test_logs.py:")


def test_a_failed_page_shows_the_reference_that_the_log_holds(client, db, said, settings):
    settings.ROOT_URLCONF = "tests.inbox.broken_urls"
    client.raise_request_exception = False
    answers = []

    (event,) = said("django.request", lambda _logger: answers.append(client.get("/broken?q=" + MARK)))

    reference = event["reference"]
    assert len(reference) == 8
    assert answers[0].status_code == 500
    assert f"Reference {reference}" in answers[0].content.decode()
    assert answers[0]["X-Reference"] == reference
    assert (event["message"], event["method"]) == ("500 Internal Server Error", "GET")
    assert event["view"] == "tests.inbox.broken_urls.broken"
    assert event["error"] == "RuntimeError"
    assert "a secret" not in json.dumps(event)
    assert MARK not in json.dumps(event)


def test_a_demo_reads_and_production_parses():
    assert logging_config(demo=True, level="INFO")["formatters"]["line"]["()"] is ReadableLines
    assert logging_config(demo=False, level="INFO")["formatters"]["line"]["()"] is JsonLines


def test_a_line_a_person_reads():
    record = logging.LogRecord("inbox.x", logging.INFO, "f", 1, "part %d sent", (7,), None)
    record.part_id = 7

    assert ReadableLines().format(record) == "INFO inbox.x: part 7 sent part_id=7"
