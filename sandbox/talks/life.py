"""The town in private: messages, now and then a picture or a story, and comments where there are posts."""

from __future__ import annotations

from random import Random

from sandbox.facebook.stage import FacebookStage
from sandbox.talks.talks import Talks
from sandbox.town import words
from sandbox.town.people import Person

_PICTURE, _STORY, _PUBLIC = 0.08, 0.06, 0.5


class TalkLife:
    """Those who write in private, and with a `stage` also below posts. Each act makes exactly one event."""

    def __init__(self, talks: Talks, stage: FacebookStage | None, rng: Random) -> None:
        self._talks, self._stage, self._rng = talks, stage, rng

    def act(self, account: str, run_id: int | None = None) -> None:
        """Somebody writes."""
        person = words.anyone(self._rng)
        text = words.speak(self._rng, person)
        posts = self._stage.own_posts(account) if self._stage else []
        if self._stage and posts and self._rng.random() < _PUBLIC:
            self._stage.comment(account, person.name, self._rng.choice(posts).id, text, run_id)
            return
        lot, picture = self._rng.random(), f"{self._talks.site.base_url}/_sandbox/page.svg"
        if self._stage and lot < _STORY:
            self._talks.write(account, person.name, "", run_id, kind="story_mention", media=picture)
        elif lot < _STORY + _PICTURE:
            self._talks.write(account, person.name, text, run_id, kind="image", media=picture)
        else:
            self._talks.write(account, person.name, text, run_id)

    def sing(self, account: str, person: Person, topic: str, run_id: int | None = None) -> None:
        """One voice of a choir."""
        self._talks.write(account, person.name, words.sing(self._rng, person, topic), run_id)
