"""A new access token for a refresh token, at an OAuth 2.0 token endpoint that answers as the standard says.

Source: RFC 6749, sections 5.1, 5.2 and 6.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import requests

from . import wire
from .base import Account
from .errors import ConnectorError, NeedsReconnect, RateLimited, RetryLater, TokenExpired, Unreadable
from .http import failure

FRESH_SECONDS = 600  # a token refused so soon after it was made will not be helped by another
PAUSE_SECONDS = 15 * 60


def credential_number(account: Account, name: str) -> int:
    """A whole number among the credentials, such as `expires_at`; 0 where there is none."""
    value = account.credentials.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 13 else 0


def ended_token(account: Account, code: str, *, renewable: bool) -> ConnectorError:
    """What a refused token means: renew it where that can help, else a person must sign in."""
    young = account.clock().timestamp() - credential_number(account, "refreshed_at") < FRESH_SECONDS
    return TokenExpired(code=code) if renewable and not young else NeedsReconnect(code=code)


def renewed(
    account: Account, url: str, form: Mapping[str, str], *, dead: Collection[str], usual_life: int
) -> dict[str, str]:
    """All credentials, with a new access token and what came with it.

    Takes: form, without its empty fields sent as it is; dead, the error words that only a person can mend; usual_life,
    seconds, where the answer names none.
    Raises: NeedsReconnect, RateLimited, RetryLater.
    """
    answer = _ask(account, url, form, dead)
    now = int(account.clock().timestamp())
    life = answer.number("expires_in") or usual_life
    fresh = {"access_token": answer.text("access_token"), "expires_at": str(now + life), "refreshed_at": str(now)}
    if rotated := answer.text("refresh_token"):
        fresh["refresh_token"] = rotated  # the old one may stop working from now on
    if renewable_seconds := answer.number("refresh_token_expires_in"):
        fresh["refresh_expires_at"] = str(now + renewable_seconds)
    return {**account.credentials, **fresh}


def _ask(account: Account, url: str, form: Mapping[str, str], dead: Collection[str]) -> wire.Node:
    try:
        response = account.session.post(url, data={name: value for name, value in form.items() if value})
    except requests.RequestException as error:
        failed = failure(error, repeatable=True)
    else:
        return _answer(response, dead)
    raise failed  # outside of the handler: what hangs on as context would hold the tokens


def _answer(response: requests.Response, dead: Collection[str]) -> wire.Node:
    """The answer when it is a new token; else the consequence of its error code."""
    label = f"http/{response.status_code}"
    try:
        answer: wire.Node | None = wire.read(response.content)
        token, said = (answer.text("access_token"), answer.text("error")) if answer else ("", "")
        for name in ("expires_in", "refresh_token_expires_in"):
            if answer:
                answer.number(name)  # to be read later, so to be found odd now
    except Unreadable:
        answer, token, said = None, "", ""
    if answer is not None and response.status_code == 200 and token:
        return answer
    if said in dead:
        raise NeedsReconnect(code=said)
    if response.status_code == 429:
        raise RateLimited(PAUSE_SECONDS, code=label)
    raise RetryLater(code=label)
