"""`manage.py document_settings`: write docs/settings.md from the one list of settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from inbox.environment import SETTINGS, Setting

_INTRODUCTION = """\
# Settings

Every setting is an environment variable. An unknown name that begins with `SAMSVAR_` and a value that cannot be used
stop the start, with one sentence for each. `NAME_FILE` may give the path of a file that holds the value of `NAME`;
use it for secrets.

This page is written by `manage.py document_settings`.

| Name | Kind | Default | Meaning |
|---|---|---|---|
"""

_KINDS = {
    str: "text",
    int: "whole number",
    bool: "yes or no",
    list: "words with commas",
    dict: "name=value pairs with commas",
    Path: "path",
}


class Command(BaseCommand):
    """Run it after a change to inbox/environment.py; a test compares."""

    help = "Write docs/settings.md from the list of settings"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Elsewhere than in docs/, on wish."""
        parser.add_argument("--to", type=Path, default=settings.BASE_DIR / "docs" / "settings.md", help="file to write")

    def handle(self, *args: Any, **options: Any) -> None:
        """Overwrites the page."""
        options["to"].write_text(settings_page())


def settings_page() -> str:
    """The page, as Markdown."""
    return _INTRODUCTION + "".join(_line(setting) for setting in SETTINGS)


def _line(setting: Setting) -> str:
    return f"| `{setting.name}` | {_kind(setting)} | {_default(setting)} | {setting.meaning} |\n"


def _kind(setting: Setting) -> str:
    if setting.choices:
        return ", ".join(f"`{choice}`" for choice in setting.choices)
    if setting.kind is int and setting.high < 2**31:
        return f"{setting.low} to {setting.high}"
    return "secret" if setting.secret else _KINDS[setting.kind]


def _default(setting: Setting) -> str:
    if setting.required:
        return "must be set"
    if setting.kind is bool:
        return "yes" if setting.default else "no"
    return "none" if setting.default in ("", [], {}) else f"`{setting.default}`"
