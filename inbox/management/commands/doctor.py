"""`manage.py doctor [--json]`: what is wrong, and what to do about it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core.clock import now
from inbox.operations.diagnosing import WRONG, Finding, diagnose

_MARKS = {"ok": "ok   ", "note": "note ", "wrong": "WRONG"}


class Command(BaseCommand):
    """Looks at everything, changes nothing; also when database or broker are down."""

    help = "Say in words what is wrong and what to do; exit code 1 when something is"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """For machines, on wish."""
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises: SystemExit(1) when something is wrong."""
        findings = diagnose(now=now())
        ill = any(finding.level == WRONG for finding in findings)
        if options["json"]:
            told = {"healthy": not ill, "findings": [asdict(finding) for finding in findings]}
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(_line(finding) for finding in findings))
        if ill:
            raise SystemExit(1)


def _line(finding: Finding) -> str:
    advice = f"\n      → {finding.advice}" if finding.advice else ""
    return f"{_MARKS[finding.level]} {finding.name}: {finding.sentence}{advice}"
