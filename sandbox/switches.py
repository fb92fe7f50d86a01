"""What a switch is on every platform: on with a value, off, or on for so many times."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

On = dict[str, dict[str, Any]]


class UnknownSwitch(ValueError):
    """A switch or a value that the sandbox does not have; its text says which."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One account's switches. `known`: name → (what `true` stands for, what it does); `read` and `write` keep JSON."""

    known: Mapping[str, tuple[Any, str]]
    read: Callable[[], str]
    write: Callable[[str], None]
    choices: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    def load(self) -> On:
        """The switches that are on: name → {"value", "times"?}."""
        on: On = json.loads(self.read())
        return on

    def show(self) -> dict[str, Any]:
        """Every switch with its setting, null when off."""
        on = self.load()
        return {name: on[name] if "times" in on.get(name, {}) else on.get(name, {}).get("value") for name in self.known}

    def change(self, wanted: Mapping[str, Any]) -> None:
        """Set or clear the named switches, leave the others. Raises UnknownSwitch before anything changed."""
        on = self.load()
        for name, setting in wanted.items():
            if name not in self.known:
                raise UnknownSwitch(f"no switch {name!r}; there are {', '.join(self.known)}")
            if setting is None or setting is False or setting == 0:
                on.pop(name, None)
            else:
                on[name] = self._normal(name, setting)
        self.write(json.dumps(on))

    def take(self, name: str) -> Any | None:
        """The value of a switch that is on, counting one use; None when it is off."""
        on = self.load()
        setting = on.get(name)
        if setting is None:
            return None
        if "times" in setting:
            setting["times"] -= 1
            if setting["times"] <= 0:
                del on[name]
            self.write(json.dumps(on))
        return setting["value"]

    def _normal(self, name: str, setting: Any) -> dict[str, Any]:
        wide: dict[str, Any] = dict(setting) if isinstance(setting, Mapping) else {"value": setting}
        value = wide.get("value", True)
        if value is True:
            value = self.known[name][0]
        if name in self.choices and value not in self.choices[name]:
            raise UnknownSwitch(f"{name} takes one of {self.choices[name]}")
        if not isinstance(value, type(self.known[name][0]) | int):
            raise UnknownSwitch(f"{name} takes {type(self.known[name][0]).__name__}")
        if "times" not in wide:
            return {"value": value}
        if not isinstance(wide["times"], int) or wide["times"] < 1:
            raise UnknownSwitch("times is a whole number from 1")
        return {"value": value, "times": wide["times"]}
