"""The catalogues of `locale/`: gathering what the sources say, and compiling what translators wrote.

Babel does both, so that no gettext program has to be on the machine. A new language begins with an empty
`locale/<language>/LC_MESSAGES/django.po`; catalogues name files without line numbers, so that they change only when
words do.
"""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation import templatize

log = logging.getLogger(__name__)

PACKAGES = ("core", "analysis", "tickets", "connectors", "privacy", "inbox")
NOT_READ = ("connectors/scaffold/templates",)
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


def extract_messages(base: Path | None = None) -> Catalog:
    """All that our packages and templates say to people, in the order of their files. Takes: another source tree."""
    base = base or Path(settings.BASE_DIR)
    found = Catalog(fuzzy=False)
    for path in _sources(base):
        source = path.read_text(encoding="utf-8")
        python = templatize(source, origin=str(path)) if path.suffix == ".html" else source
        name = path.relative_to(base).as_posix()
        for line, message, comments, context in extract(
            "python", io.BytesIO(python.encode()), KEYWORDS, ["Translators:"]
        ):
            found.add(message, locations=[(name, line)], auto_comments=comments, context=context)
    return found


def update_catalogues(*, write: bool = True) -> list[Path]:
    """Bring every catalogue to what the sources say now; translations stay, words that are gone go.

    Takes: whether to write. Gives: the files that changed, or would have.
    """
    found = extract_messages()
    changed = []
    for path in catalogue_paths():
        catalogue = read_catalogue(path)
        catalogue.update(found, no_fuzzy_matching=True, update_creation_date=False)
        fresh = io.BytesIO()
        write_po(fresh, catalogue, width=118, ignore_obsolete=True, include_lineno=False, sort_by_file=True)
        if fresh.getvalue() != path.read_bytes():
            changed.append(path)
            if write:
                _replace(path, fresh.getvalue())
    return changed


def compile_catalogues() -> list[Path]:
    """Compile catalogues that are newer than their compiled form. Gives: those written.

    A checkout that cannot be written to keeps what was compiled when it was made.
    """
    written = []
    for path in catalogue_paths():
        compiled = path.with_suffix(".mo")
        if compiled.is_file() and compiled.stat().st_mtime_ns >= path.stat().st_mtime_ns:
            continue
        binary = io.BytesIO()
        write_mo(binary, read_catalogue(path))
        try:
            _replace(compiled, binary.getvalue())
        except OSError:
            log.warning("catalogue_not_compiled", extra={"language": language_of(path)})
            continue
        written.append(compiled)
    return written


def catalogue_paths() -> list[Path]:
    """The catalogues there are, one per language."""
    return sorted(path for folder in settings.LOCALE_PATHS for path in Path(folder).glob("*/LC_MESSAGES/django.po"))


def read_catalogue(path: Path) -> Catalog:
    """One catalogue with its language's plural rule."""
    with path.open("rb") as opened:
        catalogue = read_po(opened, locale=language_of(path))
    catalogue.fuzzy = False
    return catalogue


def language_of(path: Path) -> str:
    """The language that a catalogue's folder names."""
    return path.parent.parent.name


def list_untranslated(catalogue: Catalog) -> list[Message]:
    """Entries without words, without one of the language's plural forms, or not looked at since the source changed."""
    return [message for message in catalogue if message.id and not _is_translated(message, catalogue.num_plurals)]


def _is_translated(message: Message, forms: int) -> bool:
    said = message.string if isinstance(message.string, tuple | list) else (message.string,)
    wanted = forms if message.pluralizable else 1
    return not message.fuzzy and len(said) == wanted and all(said)


def _sources(base: Path) -> Iterator[Path]:
    """Every file that may hold words for people."""
    files = [path for package in PACKAGES for path in sorted((base / package).rglob("*.py"))]
    for path in files + sorted((base / "templates").rglob("*.html")):
        if not path.relative_to(base).as_posix().startswith(NOT_READ):
            yield path


def _replace(path: Path, content: bytes) -> None:
    """Whoever reads the file meanwhile gets the old or the new one, wholly."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_bytes(content)
    fresh.replace(path)
