"""Which language a message is written in, with "not sure" as an allowed answer."""

import importlib
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass

from analysis.language_words import MARKS

UNSURE = "und"
# The languages told apart. The first six are those the inbox is made for; the others keep a message in Polish from
# being called Finnish.
LANGUAGES = ("no", "sv", "da", "fi", "en", "de", "fr", "es", "nl", "pl", "et", "is", "ru", "uk", "ar", "tr", "fa")

_FEWEST_LETTERS = 15
_LONGEST_READ = 2000
_WEIGHT_OF_A_MARK = 0.08
_MOST_MARKS = 4
_LEAST_LEAD = 0.004
# A language whose letters fit much worse than the best one is not lifted by a word: Finnish "te" is no Norwegian.
_REACH = 0.35

_NOT_PROSE = re.compile(r"https?://\S+|www\.\S+|\S*@\S+|#\w+|\[[A-Z_]+\]|[\d\ud800-\udfff]+")
_WORD = re.compile(r"[^\W\d_]+")

Scores = dict[str, float]


@dataclass(frozen=True, slots=True)
class Language:
    """A language as ISO 639-1 code ("no" for Bokmål and Nynorsk, "und" when unsure) and how sure we are, 0 to 1."""

    code: str
    confidence: float


def detect(text: str, *, fallback: str = UNSURE) -> Language:
    """The language of a text.

    Takes: any string; `fallback` is the code to give when the text is short or the answer uncertain.
    Gives: the language; the fallback always comes with confidence 0.
    """
    prose = _NOT_PROSE.sub(" ", text[:_LONGEST_READ])
    if sum(map(str.isalpha, prose)) < _FEWEST_LETTERS:
        return Language(fallback, 0.0)
    ranked = sorted(_weighed(prose).items(), key=lambda item: -item[1])
    if not ranked:
        return Language(fallback, 0.0)
    best, score = ranked[0]
    lead = score - (ranked[1][1] if len(ranked) > 1 else 0.0)
    if lead < _LEAST_LEAD:
        return Language(fallback, 0.0)
    return Language(best, round(min(1.0, 0.5 + 2.5 * lead), 3))


def _weighed(prose: str) -> Scores:
    """Letter statistics, moved by the small words that only one of the close languages has."""
    scores = _scorer()(prose)
    within_reach = max(scores.values(), default=0.0) - _REACH
    words = [word.lower() for word in _WORD.findall(prose)]
    for code, marks in MARKS.items():
        hits = sum(word in marks for word in words)
        if hits and scores.get(code, 0.0) >= within_reach:
            scores[code] = scores.get(code, 0.0) + _WEIGHT_OF_A_MARK * min(hits, _MOST_MARKS)
    return scores


_lock = threading.Lock()
_loaded: list[Callable[[str], Scores]] = []


def _scorer() -> Callable[[str], Scores]:
    """The detector that is installed here, loaded at first use."""
    if not _loaded:
        with _lock:
            if not _loaded:
                _loaded.append(_load())
    return _loaded[0]


def _load() -> Callable[[str], Scores]:
    try:
        return _load_eldc()
    except ImportError:  # no wheel for Linux on ARM
        return _load_lingua()


def _load_eldc() -> Callable[[str], Scores]:
    eldc = importlib.import_module("eldc")
    eldc.init()
    detector = eldc.instance()
    detector.set_languages(list(LANGUAGES))
    detector.set_scores(6)
    lock = threading.Lock()

    def score(prose: str) -> Scores:
        with lock:  # one C object for all threads
            return {code: float(value) for code, value in detector.detect_details(prose).scores.items()}

    return score


def _load_lingua() -> Callable[[str], Scores]:
    lingua = importlib.import_module("lingua")
    codes = {code.upper() for code in LANGUAGES if code != "no"} | {"NB", "NN"}
    wanted = [language for language in lingua.Language.all() if language.iso_code_639_1.name in codes]
    detector = lingua.LanguageDetectorBuilder.from_languages(*wanted).build()

    def score(prose: str) -> Scores:
        scores: Scores = {}
        for found in detector.compute_language_confidence_values(prose):
            code = found.language.iso_code_639_1.name.lower()
            code = "no" if code in ("nb", "nn") else code
            scores[code] = scores.get(code, 0.0) + found.value
        return scores

    return score
