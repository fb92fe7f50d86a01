"""What the town does next: one act at a time, chosen by lot from a seed."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from sandbox.town import words
from sandbox.town.people import BY_NAME, Person
from sandbox.town.stage import Said, Stage
from sandbox.town.stock import STOCKS

_ACTS = {"comment": 56, "post": 13, "talk": 12, "react": 8, "edit": 4, "mention": 4, "remove": 3}


class Town:
    """The customers on one stage. The same seed on the same stage makes the same acts."""

    def __init__(self, stage: Stage, rng: Random) -> None:
        self._stage, self._rng = stage, rng
        self._languages = {text: stock.language for stock in STOCKS.values() for text in stock.page_posts}

    def act(self, account: str, run_id: int | None = None) -> None:
        """Do one thing on the account; it makes exactly one event."""
        name = self._rng.choices(list(_ACTS), weights=list(_ACTS.values()))[0]
        acts: dict[str, Callable[[str, int | None], bool]] = {
            "comment": self._comment,
            "talk": self._talk,
            "react": self._react,
            "edit": self._edit,
            "mention": self._mention,
            "remove": self._remove,
        }
        if name == "post" or not acts[name](account, run_id):
            self._post(account, run_id)

    def sing(self, account: str, person: Person, topic: str, run_id: int | None = None) -> None:
        """One voice of a choir: a comment under the newest post, or a post of its own."""
        text = words.sing(self._rng, person, topic)
        posts = self._stage.own_posts(account)
        if posts and self._rng.random() < 0.8:
            self._stage.comment(account, person.name, posts[0].id, text, run_id)
        else:
            self._stage.post(account, person.name, text, run_id)

    def _post(self, account: str, run_id: int | None) -> None:
        person = words.anyone(self._rng)
        self._stage.post(account, person.name, words.speak(self._rng, person), run_id)

    def _comment(self, account: str, run_id: int | None) -> bool:
        posts = self._stage.own_posts(account)
        if not posts:
            return False
        post = self._rng.choice(posts)
        person = words.anyone(self._rng, self._languages.get(post.text))
        self._stage.comment(account, person.name, post.id, words.speak(self._rng, person), run_id)
        return True

    def _talk(self, account: str, run_id: int | None) -> bool:
        said = self._somebodys_words(account)
        if said is None:
            return False
        person = words.anyone(self._rng, self._speaker(said).language)
        self._stage.comment(account, person.name, said.id, words.chatter(self._rng, person), run_id)
        return True

    def _react(self, account: str, run_id: int | None) -> bool:
        targets = [*self._stage.own_posts(account), *self._stage.customers_words(account)]
        if not targets:
            return False
        self._stage.react(account, words.anyone(self._rng).name, self._rng.choice(targets).id, run_id)
        return True

    def _edit(self, account: str, run_id: int | None) -> bool:
        said = self._somebodys_words(account)
        if said is None:
            return False
        text = said.text + words.second_thought(self._rng, self._speaker(said))
        self._stage.edit(account, said, text, run_id)
        return True

    def _mention(self, account: str, run_id: int | None) -> bool:
        person = words.anyone(self._rng)
        self._stage.mention(account, person.name, words.speak(self._rng, person), run_id)
        return True

    def _remove(self, account: str, run_id: int | None) -> bool:
        said = self._somebodys_words(account)
        if said is None:
            return False
        self._stage.remove(account, said, run_id)
        return True

    def _somebodys_words(self, account: str) -> Said | None:
        """Words of one of the town: what others wrote through the control API is left as they wrote it."""
        said = [words_ for words_ in self._stage.customers_words(account) if words_.name in BY_NAME]
        return self._rng.choice(said) if said else None

    def _speaker(self, said: Said) -> Person:
        return BY_NAME[said.name]
