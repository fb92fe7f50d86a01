"""What an operation or query refuses with. Each class has one consequence at every door (page, API, job).

    SamsvarError
    ├── NotFound    404  there is none, or not for this person: both answer alike
    ├── Forbidden   403  known and visible, but this person may not do this
    ├── Invalid     422  the input itself is wrong; names the field
    ├── Conflict    409  right input, wrong moment (closed, changed meanwhile, window shut)
    └── Throttled   429  too often; says when to come back

`code` is a short stable word for programs; `message` is a whole sentence for people, already translated.
"""

from __future__ import annotations


class SamsvarError(Exception):
    """An anticipated refusal. Holds a code and a sentence, never a customer's data."""

    code = "refused"

    def __init__(self, message: str = "", *, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        if code:
            self.code = code


class NotFound(SamsvarError):
    """There is no such thing, or it is not this person's to know."""

    code = "not_found"


class Forbidden(SamsvarError):
    """The thing may be seen, the action is not allowed."""

    code = "forbidden"


class Invalid(SamsvarError):
    """A value cannot be taken; `field` names it."""

    code = "invalid"

    def __init__(self, message: str = "", *, field: str = "", code: str = "") -> None:
        super().__init__(message, code=code)
        self.field = field


class Conflict(SamsvarError):
    """The thing is no longer in a state where this can be done."""

    code = "conflict"


class Throttled(SamsvarError):
    """Too many in too short a time; `after_seconds` says when to try again."""

    code = "throttled"

    def __init__(self, message: str = "", *, after_seconds: int) -> None:
        super().__init__(message)
        self.after_seconds = after_seconds
