"""`manage.py analyse < texts.jsonl > facts.jsonl`: what the text models see, line by line; touches no database."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from analysis.language import detect
from analysis.personal_data import find


class Command(BaseCommand):
    """In: {"id", "text"} a line. Out: {"id", "language": {...}, "personal_data": [...]}, offsets in code points."""

    help = "Read JSON lines {id, text} on standard input; write language and personal data of each on standard output"
    requires_system_checks: list[str] = []
    stealth_options = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises: CommandError naming the line that is not as described."""
        for number, line in enumerate(sys.stdin, 1):
            if line.strip():
                sys.stdout.write(json.dumps(_facts(line, number), ensure_ascii=False) + "\n")


def _facts(line: str, number: int) -> dict[str, Any]:
    try:
        told = json.loads(line)
        text, name = told["text"], told["id"]
    except (ValueError, KeyError, TypeError):
        raise CommandError(f"Line {number} is not a JSON object with id and text.") from None
    if not isinstance(text, str):
        raise CommandError(f"Line {number}: text is not a string.")
    language = detect(text)
    return {
        "id": name,
        "language": {"code": language.code, "confidence": round(language.confidence, 4)},
        "personal_data": [{"label": s.label, "start": s.start, "end": s.end} for s in find(text)],
    }
