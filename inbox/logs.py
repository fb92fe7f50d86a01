"""Log lines: one per event, JSON in production, readable in a demo. Ids, classes and places, never what people wrote.

The formatter is the last line of defence, and trusts nobody:

- an exception is told by its class and its place, never by its text, which may repeat a row, a body or an address;
- of packages that are not ours only constant words and numbers are told: what they put into their lines (addresses
  with queries, headers, statements with values, frames of sockets) becomes `…`;
- a failed request is told by its view and a short reference, which the page shows to whoever met it.
"""

from __future__ import annotations

import json
import logging
import secrets
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from types import TracebackType
from typing import Any

OURS = ("core", "analysis", "tickets", "connectors", "privacy", "inbox", "sandbox")
WITHHELD = "…"
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_CELERY_WORDS = ("name", "id")  # of a task: what it is called and its random number
_QUIET = {
    "django.request": "ERROR",
    "uvicorn.access": "WARNING",
    "httpx": "WARNING",
    "celery": "WARNING",
    "fido2": "WARNING",
}
log = logging.getLogger(__name__)


def logging_config(*, demo: bool, level: str) -> dict[str, Any]:
    """Django's LOGGING. Every line of every package passes the one handler; at DEBUG nobody is quiet."""
    quiet = {} if level == "DEBUG" else {name: {"level": least} for name, least in _QUIET.items()}
    line = ReadableLines if demo else JsonLines
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": line}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level},
        # Named so that the handlers which Django gives them by default go.
        "loggers": {"django": {}, "django.server": {"propagate": True}, **quiet},
    }


def reference_of(request: Any) -> str:
    """The short code under which a failed request is found in the log; the same one whenever asked."""
    known: str | None = getattr(request, "samsvar_reference", None)
    if known is None:
        known = request.samsvar_reference = secrets.token_hex(4).upper()
    return known


def withhold_crash_texts() -> None:
    """What ends a thread or the process is told in a log line instead of Python's own traceback. For servers."""
    threading.excepthook = lambda crash: _tell_crash(crash.exc_type, crash.exc_value, crash.exc_traceback)
    sys.unraisablehook = lambda crash: _tell_crash(crash.exc_type, crash.exc_value, crash.exc_traceback)
    sys.excepthook = _tell_crash


def _tell_crash(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if error is not None and not isinstance(error, KeyboardInterrupt | SystemExit):
        log.error("stopped by a fault", exc_info=(kind, error, trace))


def event_of(record: logging.LogRecord) -> dict[str, Any]:
    """What may be told of a record, in the order of the line."""
    event: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "logger": record.name,
        "message": _message(record),
    }
    if hasattr(record, "status_code") and hasattr(record, "request"):
        event |= _request(record)
    elif _is_ours(record.name):
        event |= {name: value for name, value in vars(record).items() if name not in _STANDARD and _is_number(value)}
    if record.exc_info and record.exc_info[1] is not None:
        event |= _fault(record.exc_info[1])
    return event


class JsonLines(logging.Formatter):
    """One JSON object a line, for machines."""

    def format(self, record: logging.LogRecord) -> str:
        """Gives: {"at", "level", "logger", "message"} and what else is known."""
        return json.dumps(event_of(record), ensure_ascii=False)


class ReadableLines(logging.Formatter):
    """The same for the person at the terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Gives: level, logger, message, and what else is known as name=value."""
        event = event_of(record)
        more = [f"{name}={value}" for name, value in list(event.items())[4:]]
        return " ".join([f"{event['level']} {event['logger']}: {event['message']}", *more])


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] in OURS


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _message(record: logging.LogRecord) -> str:
    if hasattr(record, "status_code") and hasattr(record, "request"):
        return f"{record.status_code} {_phrase(record.status_code)}".strip()
    if _is_ours(record.name):
        return _filled(record.msg, _mapped(record.args, _own_word))
    if record.args:
        return _filled(record.msg, _mapped(record.args, _foreign_word))
    return str(record.msg) if _is_constant(record) else WITHHELD + f" {_module(record.pathname)}:{record.lineno}"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _filled(template: Any, arguments: Any) -> str:
    """Raises nothing: a line that cannot be filled is told unfilled."""
    if isinstance(template, BaseException):
        return type(template).__name__
    try:
        return str(template) % arguments if arguments else str(template)
    except (TypeError, ValueError, KeyError):
        return str(template)


def _mapped(arguments: Any, word: Any) -> Any:
    if isinstance(arguments, Mapping):
        return {name: value if name in _CELERY_WORDS else word(value) for name, value in arguments.items()}
    return tuple(word(value) for value in arguments or ())


def _own_word(value: Any) -> Any:
    """Our own lines hold ids, enums and class names; an exception that slipped in is only its class."""
    return type(value).__name__ if isinstance(value, BaseException) else value


class _Withheld:
    """Stands for a value whatever the placeholder's letter is: text or number."""

    def __str__(self) -> str:
        return WITHHELD

    __repr__ = __str__


def _foreign_word(value: Any) -> Any:
    if isinstance(value, type):
        return value.__name__
    return value if value is None or _is_number(value) else _Withheld()


def _is_constant(record: logging.LogRecord) -> bool:
    """Whether the line stands as it is in the code that logs it; formatting happens below that call on the stack."""
    frame = sys._getframe(1)
    while frame.f_back is not None:
        frame = frame.f_back
        if frame.f_code.co_filename == record.pathname and frame.f_code.co_name == record.funcName:
            return record.msg in frame.f_code.co_consts
    return False


def _request(record: logging.LogRecord) -> dict[str, Any]:
    request = record.request  # type: ignore[attr-defined]  # Django sets it
    match = getattr(request, "resolver_match", None)
    told = {"method": getattr(request, "method", ""), "view": match.view_name if match else "none"}
    if record.status_code >= 500:  # type: ignore[attr-defined]  # Django sets it
        told["reference"] = reference_of(request)
    return told


def _fault(error: BaseException) -> dict[str, str]:
    """Class and place: where it was raised, and the last step in our own code on the way there."""
    places = [f"{_module(frame.filename)}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    own = [place for place in places if place.startswith(OURS)]
    told = {"error": " from ".join(_classes(error)), "place": places[-1] if places else "unknown"}
    return told | ({"ours": own[-1]} if own and own[-1] != places[-1] else {})


def _classes(error: BaseException) -> Iterator[str]:
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen and len(seen) < 5:
        seen.add(id(following))
        yield f"{type(following).__module__}.{type(following).__qualname__}".removeprefix("builtins.")
        following = following.__cause__ or following.__context__


def _module(path: str) -> str:
    """The path below the checkout or the packages folder, so that no machine's folders are told."""
    for root in sorted(filter(None, sys.path), key=len, reverse=True):
        if path.startswith(root.rstrip("/") + "/"):
            return path[len(root.rstrip("/")) + 1 :]
    return path.rpartition("/")[2]
