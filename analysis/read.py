"""The one call of intake: language and masked text of a message."""

from dataclasses import dataclass

from analysis.language import UNSURE, Language, detect
from analysis.masking import Masked, mask
from analysis.personal_data import find


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message says about itself."""

    language: Language
    masked: Masked


def read(text: str, *, fallback_language: str = UNSURE, allowed: frozenset[str] = frozenset()) -> Reading:
    """Reads one message.

    Takes: `fallback_language` for texts too short to tell; `allowed`, own values of the company in the form that
    `normalise` gives.
    """
    masked = mask(text, find(text, allowed=allowed))
    return Reading(detect(masked.text, fallback=fallback_language), masked)
