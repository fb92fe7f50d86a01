"""A platform's folder, its fixtures and its line in the registry, with every action and every inbound kind in the gaps.

What is written passes lint, types and the contract suite at once; docs/guides/add-a-connector.md tells how to go on.
"""

from __future__ import annotations

import keyword
import re
from datetime import date
from pathlib import Path
from string import Template

from connectors.kit.manifest import Action, Inbound

TEMPLATES = Path(__file__).parent / "templates"
REGISTRY = Path("connectors/kit/registry.py")
PLATFORMS = Path("connectors/platforms")
FIXTURES = Path("tests/contract/fixtures")

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")  # a channel's platform and an endpoint's family are columns of 40
TITLE = re.compile(r"\w[\w .,&+/!'()-]{0,39}")  # stands between double quotes in what is written
_TABLE = re.compile(r"(?<=\n_PLATFORMS = \{\n)(?:    \"\w+\": \"[\w.]+\",\n)*(?=\}\n)")


class ConnectorRefused(ValueError):
    """The platform cannot be added; its one sentence says why. Nothing was written."""


def write_connector(root: Path, *, name: str, title: str = "", family: str = "", today: date) -> list[Path]:
    """Add a platform that offers nothing yet.

    Takes: root, the repository; name, the registry key; title, what people read (the name when empty); family, the
    webhook door it shares (one of its own when empty); today, noted as the day the facts were checked.
    Gives: the files that were written or changed, in order.
    Raises: ConnectorRefused for a bad or taken name, title or family; nothing is written then.
    """
    title, family = title or name.replace("_", " ").capitalize(), family or name
    _check(name, title, family)
    registry = _registry_with(root, name)
    places = _places(name)
    taken = [place for place in (PLATFORMS / name, FIXTURES / name) if (root / place).exists()]
    if taken:
        raise ConnectorRefused(f"There is already a folder {taken[0].as_posix()}.")
    facts = _facts(name, title, family, today)
    for place, template in places.items():
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).write_text(Template((TEMPLATES / template).read_text()).substitute(facts), encoding="utf-8")
    (root / REGISTRY).write_text(registry, encoding="utf-8")
    return [*places, REGISTRY]


def _check(name: str, title: str, family: str) -> None:
    for word, value in (("name", name), ("family", family)):
        if not NAME.fullmatch(value) or keyword.iskeyword(value):
            raise ConnectorRefused(
                f"The {word} must be a lower-case letter followed by at most 39 lower-case letters, digits or "
                "underscores, and no word of Python's own."
            )
    if not TITLE.fullmatch(title):
        raise ConnectorRefused("The title must be one line of at most 40 letters, digits and plain signs.")


def _registry_with(root: Path, name: str) -> str:
    """The registry's text with one line more, in order."""
    text = (root / REGISTRY).read_text(encoding="utf-8")
    table = _TABLE.search(text)
    if table is None:
        raise ConnectorRefused(f"The table of platforms in {REGISTRY.as_posix()} is not as it should be.")
    lines = table[0].splitlines(keepends=True)
    if any(line.startswith(f'    "{name}":') for line in lines):
        raise ConnectorRefused(f"There is already a platform {name}.")
    lines.append(f'    "{name}": "connectors.platforms.{name}",\n')
    return text[: table.start()] + "".join(sorted(lines, key=_key_of_line)) + text[table.end() :]


def _key_of_line(line: str) -> str:
    return line.split('"')[1]


def _places(name: str) -> dict[Path, str]:
    """Where each template goes."""
    code = ("__init__.py", "manifest.py", "parse.py", "client.py", "README.md")
    return {
        **{PLATFORMS / name / each: f"{each}.txt" for each in code},
        FIXTURES / name / "platform.json": "platform.json.txt",
        FIXTURES / name / "payloads" / "nothing.json": "nothing.json.txt",
    }


def _facts(name: str, title: str, family: str, today: date) -> dict[str, str]:
    return {
        "key": name,
        "title": title,
        "family": family,
        "gaps": "\n".join(f"        Action.{each.name}: NOT_DONE," for each in Action),
        "not_received": "\n".join(f"        Inbound.{each.name}: NOT_READ," for each in Inbound),
        "checked": f"{today.year}, {today.month}, {today.day}",
        "checked_iso": today.isoformat(),
    }
