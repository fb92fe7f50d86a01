"""Replaces identifiers by their label and puts them back again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analysis.personal_data import Span


@dataclass(frozen=True, slots=True)
class Mask:
    """Where a label stands in the masked text, in code points, `end` exclusive."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without its identifiers, where they were, and what they were, in the same order."""

    text: str
    masks: tuple[Mask, ...]
    originals: tuple[str, ...]


def mask(text: str, spans: Iterable[Span]) -> Masked:
    """Puts `[LABEL]` in the place of every span.

    Takes: spans in any order. Where two overlap the later one loses the shared part, and what reaches beyond the text
    is ignored, so nothing that any span covers stays readable.
    """
    pieces: list[str] = []
    masks: list[Mask] = []
    originals: list[str] = []
    read, written = 0, 0
    for span in sorted(spans):
        start, end = max(span.start, read), min(span.end, len(text))
        if start >= end:
            continue
        label = f"[{span.label}]"
        pieces += [text[read:start], label]
        written += start - read
        masks.append(Mask(written, written + len(label), span.label))
        originals.append(text[start:end])
        written += len(label)
        read = end
    pieces.append(text[read:])
    return Masked("".join(pieces), tuple(masks), tuple(originals))


def unmask(masked_text: str, masks: Sequence[Mask], originals: Sequence[str]) -> str:
    """The text before `mask`.

    Raises: ValueError when masks and originals are not equally many.
    """
    pieces: list[str] = []
    read = 0
    for place, original in zip(masks, originals, strict=True):
        pieces += [masked_text[read : place.start], original]
        read = place.end
    pieces.append(masked_text[read:])
    return "".join(pieces)
