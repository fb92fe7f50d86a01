"""Graph API errors, with the codes and wording that clients decide on.

Source: the shared Meta sheet ("Handling Errors", read Nov 2026).
"""

from __future__ import annotations

import secrets
from typing import Any

_TOKEN_DEAD = {
    458: "Error validating access token: The user has not authorized application.",
    459: "Error validating access token: The user is enrolled in a blocking, logged-in checkpoint.",
    460: "Error validating access token: The session has been invalidated because the user changed their password"
    " or Facebook has changed the session for security reasons.",
    463: "Error validating access token: Session has expired.",
    464: "Error validating access token: Sessions for the user are not allowed because the user is not confirmed.",
    467: "Error validating access token: The session is invalid because the user logged out.",
    492: "Error validating access token: The user no longer has a role on the Page.",
}
_RATE = {
    4: "(#4) Application request limit reached",
    17: "(#17) User request limit reached",
    32: "(#32) Page request limit reached",
    613: "(#613) Calls to this api have exceeded the rate limit.",
    80001: "(#80001) There have been too many calls to this Page account. Wait a bit and try again.",
}


class GraphError(Exception):
    """An answer that is an error envelope. The HTTP status says little; clients go by code and subcode."""

    def __init__(
        self,
        code: int,
        message: str,
        *,
        subcode: int | None = None,
        status: int = 400,
        kind: str = "OAuthException",
        transient: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.subcode = code, message, subcode
        self.status, self.kind, self.transient = status, kind, transient

    def envelope(self) -> dict[str, Any]:
        """The JSON body."""
        error: dict[str, Any] = {"message": self.message, "type": self.kind, "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.transient is not None:
            error["is_transient"] = self.transient
        error["fbtrace_id"] = "A" + secrets.token_urlsafe(16)
        return {"error": error}


def token_missing() -> GraphError:
    """No token at all."""
    return GraphError(104, "An access token is required to request this resource.", status=401)


def token_unknown() -> GraphError:
    """A token that was never given out."""
    return GraphError(190, "Invalid OAuth access token - Cannot parse access token", status=401)


def token_dead(subcode: int) -> GraphError:
    """A token that was good once."""
    return GraphError(190, _TOKEN_DEAD[subcode], subcode=subcode, status=401)


def bad_proof() -> GraphError:
    """The appsecret_proof does not belong to token and secret."""
    return GraphError(100, "Invalid appsecret_proof provided in the API argument", kind="GraphMethodException")


def gone(object_id: str) -> GraphError:
    """Missing, deleted or not visible: the platform does not say which."""
    return GraphError(
        100,
        f"Unsupported request. Object with ID '{object_id}' does not exist, cannot be loaded due to missing"
        " permissions, or does not support this operation.",
        subcode=33,
        kind="GraphMethodException",
    )


def bad_parameter(message: str) -> GraphError:
    """A parameter is missing or cannot be."""
    return GraphError(100, f"(#100) {message}")


def permission(name: str) -> GraphError:
    """A permission or task is missing."""
    return GraphError(200, f"(#200) Requires {name} permission to manage the object", status=403)


def rate_limited(code: int) -> GraphError:
    """Too many calls."""
    return GraphError(code, _RATE[code], status=403)


def transient(code: int) -> GraphError:
    """The platform has hiccups."""
    text = "An unexpected error has occurred. Please retry your request later."
    return GraphError(code, text, status=500, transient=True)


def duplicate_post() -> GraphError:
    """The same post again."""
    return GraphError(506, "Duplicate status message")


def recommendations_closed() -> GraphError:
    """Ratings: gone since v22."""
    return GraphError(12, "(#12) The Recommendation object is deprecated for versions v22.0 and higher")


def already_replied() -> GraphError:
    """A comment gets one private reply."""
    return GraphError(10900, "(#10900) Activity already replied to")


def cannot_reply_privately() -> GraphError:
    """Nobody there who could get a private reply."""
    return GraphError(10903, "(#10903) This user cannot reply to this activity")


def window_closed() -> GraphError:
    """Private replies are allowed for seven days."""
    text = "(#10) This message is sent outside of allowed window."
    return GraphError(10, text, subcode=2018278, status=403)
