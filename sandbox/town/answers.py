"""How the town takes the account's answers: thanks, a further question, or still angry, some seconds later."""

from __future__ import annotations

from random import Random

from sandbox.clock import Clock
from sandbox.store import Store
from sandbox.town import words
from sandbox.town.people import BY_NAME, Person
from sandbox.town.stage import Reply, Talk

_SCHEMA = """
CREATE TABLE IF NOT EXISTS town_answers (
    reply_id TEXT PRIMARY KEY, platform TEXT NOT NULL, account TEXT NOT NULL, name TEXT NOT NULL,
    language TEXT NOT NULL, mood TEXT NOT NULL, due_at REAL NOT NULL);
"""
_SHARE = 0.65  # of answers that get a reaction, and less with each turn
_MOODS = {"thanks": 45, "followups": 30, "still_angry": 25}
_SOONEST_SECONDS, _LATEST_SECONDS = 5.0, 25.0
_MOST_TURNS = 4


class Answers:
    """Watches one stage for new answers and lets the people spoken to react."""

    def __init__(self, store: Store, stage: Talk, clock: Clock, seed: int) -> None:
        self._store, self._stage, self._clock, self._seed = store, stage, clock, seed
        store.define(_SCHEMA)

    def notice(self) -> None:
        """Look at each answer once and decide, by seed and answer, whether and when someone reacts."""
        for account in self._stage.accounts():
            mark = f"town_seen:{self._stage.platform}:{account}"
            replies = self._stage.replies_since(account, int(self._store.fact(mark)))
            if not replies:
                continue
            with self._store.transaction():
                for reply in replies:
                    self._decide(account, reply)
                self._store.set_fact(mark, replies[-1].seq)

    def speak(self) -> int:
        """Say what is due; gives how many spoke."""
        sql = "SELECT * FROM town_answers WHERE platform = ? AND due_at <= ? ORDER BY due_at"
        due = self._store.rows(sql, self._stage.platform, self._clock.now())
        known = set(self._stage.accounts())
        for row in due:
            rng = Random(f"{self._seed}:{row['reply_id']}:words")
            person = BY_NAME.get(row["name"]) or Person(row["name"], row["language"], "plain", slips=False)
            with self._store.transaction():
                self._store.run("DELETE FROM town_answers WHERE reply_id = ?", row["reply_id"])
                if row["account"] in known:
                    text = words.answer(rng, person, row["mood"])
                    self._stage.comment(row["account"], person.name, row["reply_id"], text, None)
        return len(due)

    def _decide(self, account: str, reply: Reply) -> None:
        rng = Random(f"{self._seed}:{reply.id}")
        if reply.turns >= _MOST_TURNS or rng.random() > _SHARE / max(1, reply.turns):
            return
        mood = rng.choices(list(_MOODS), weights=list(_MOODS.values()))[0]
        due_at = self._clock.now() + rng.uniform(_SOONEST_SECONDS, _LATEST_SECONDS)
        self._store.run(
            "INSERT OR IGNORE INTO town_answers VALUES (?, ?, ?, ?, ?, ?, ?)",
            reply.id,
            self._stage.platform,
            account,
            reply.name,
            words.guess_language(reply.text),
            mood,
            due_at,
        )
