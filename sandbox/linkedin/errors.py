"""The refusals of the API, with the status and service codes that clients go by. Source: platform sheet, Nov 2026."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """An answer that says no."""

    def __init__(self, status: int, code: str, message: str, service: int | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.service = status, code, message, service

    def body(self) -> dict[str, Any]:
        """The JSON body."""
        told: dict[str, Any] = {"status": self.status, "code": self.code, "message": self.message}
        return told if self.service is None else told | {"serviceErrorCode": self.service}


_DEAD = {65600: "INVALID_ACCESS_TOKEN", 65601: "REVOKED_ACCESS_TOKEN", 65602: "EXPIRED_ACCESS_TOKEN"}


def dead_token(service: int) -> ApiError:
    """A token that is none, was withdrawn or has ended."""
    return ApiError(401, _DEAD[service], "The token used in the request cannot be used", service)


def denied(scope: str) -> ApiError:
    """A scope, a role or the approval of the app is missing."""
    return ApiError(403, "ACCESS_DENIED", f"Not enough permissions to access: {scope}", 100)


def limited(service: int) -> ApiError:
    """Too many calls."""
    return ApiError(429, "TOO_MANY_REQUESTS", "Resource level throttle limit for calls is reached", service)


def bad_version(status: int, code: str) -> ApiError:
    """No version was named, or one that is no more."""
    return ApiError(status, code, "Requested version is not active")


def bad_request(message: str) -> ApiError:
    """Syntax, encoding or a field."""
    return ApiError(400, "ILLEGAL_ARGUMENT", message)


def gone() -> ApiError:
    """Missing or deleted."""
    return ApiError(404, "NOT_FOUND", "The requested entity was not found")


def conflict() -> ApiError:
    """It is so already."""
    return ApiError(409, "CONFLICT", "Entity already exists")
