"""`manage.py messages`: bring the catalogues of `locale/` to what the sources say, and compile them."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inbox.operations.translating import (
    catalogue_paths,
    compile_catalogues,
    language_of,
    list_untranslated,
    read_catalogue,
    update_catalogues,
)


class Command(BaseCommand):
    """Translators edit the .po files between two runs."""

    help = "Gather all words for people into locale/, and compile what is translated"
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """`--check` for gates, `--compile` for builds."""
        parser.add_argument("--check", action="store_true", help="write nothing; fail when anything is out of date")
        parser.add_argument("--compile", action="store_true", help="only compile")

    def handle(self, *args: Any, check: bool, compile: bool, **options: Any) -> None:
        """Says per language how many words are there and how many wait for a translator."""
        if compile:
            compile_catalogues()
            return
        stale = update_catalogues(write=not check)
        waiting = 0
        for path in catalogue_paths():
            catalogue = read_catalogue(path)
            left = len(list_untranslated(catalogue))
            waiting += left
            self.stdout.write(f"{language_of(path)}: {len(catalogue)} messages, {left} without translation")
        if check and (stale or waiting):
            raise CommandError("Run `make messages`, and translate what is left.")
        if not check:
            compile_catalogues()
