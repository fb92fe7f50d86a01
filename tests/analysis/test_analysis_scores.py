"""The goals, measured with the shared scorer on the shared development data where it lies beside the repository."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from analysis import language
from analysis.language import detect
from analysis.personal_data import find

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"

needs_data = pytest.mark.skipif(
    not (DATA / "score_sets.py").is_file() or not (DATA / "pii-dev.jsonl").is_file(),
    reason="the shared development data (../shared/data) is not part of the repository",
)


def _scorer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("score_sets", DATA / "score_sets.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines() if line.strip()]


@needs_data
def test_personal_data_goals_are_met() -> None:
    # given
    gold = _rows("pii-dev.jsonl")

    # when
    predicted = [
        {"id": row["id"], "spans": [{"start": s.start, "end": s.end, "label": s.label} for s in find(row["text"])]}
        for row in gold
    ]
    score = _scorer().pii(gold, predicted)

    # then
    assert min(score["message_flagged"]["p"], score["message_flagged"]["r"]) >= 0.97
    assert min(score["NATIONAL_ID"]["p"], score["NATIONAL_ID"]["r"]) >= 0.97
    assert min(score[label]["r"] for label in ("CARD", "IBAN", "EMAIL")) >= 0.97
    assert min(score[label]["f1"] for label in ("PHONE", "ACCOUNT", "ADDRESS", "PLATE")) >= 0.97
    hits = {subtype: [int(part) for part in ratio.split("/")] for subtype, ratio in score["recall_by_subtype"].items()}
    assert {subtype: ratio for subtype, ratio in hits.items() if ratio[0] / ratio[1] < 0.9} == {}
    flagged, of = map(int, score["look_alikes_flagged"].split("/"))
    assert flagged / of <= 0.02


@needs_data
@pytest.mark.parametrize(
    ("name", "goal"), [("intent-dev.jsonl", 0.98), ("pii-dev.jsonl", 0.98), ("langid-ud/dev.jsonl", 0.98)]
)
def test_language_goal_is_met_on_messages(name: str, goal: float) -> None:
    rows = [row for row in _rows("intent-xsid/dev.jsonl") if row["lang"] == "no" and _is_prose(row)]
    assert _share_right(rows) >= 0.92


def _is_prose(row: dict[str, Any]) -> bool:
    """Fifteen letters or more outside links, addresses and numbers; "unsure" is a right answer below that."""
    return sum(map(str.isalpha, language._NOT_PROSE.sub(" ", row["text"]))) >= 15


def _share_right(rows: list[dict[str, Any]]) -> float:
    norwegian = {"nb": "no", "nn": "no"}
    right = sum(detect(row["text"]).code == norwegian.get(row["lang"], row["lang"]) for row in rows)
    return right / len(rows)
