"""The palette: every pair of colours people read meets its contrast in both themes, and colours live in one file."""

import gzip
import re
from itertools import chain
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "static"
LAYERS = ("tokens", "base", "components", "pages", "case", "narrow")
TEXT, GRAPHICS = 4.5, 3.0

TEXT_PAIRS = [
    *(("ink", ground) for ground in ("surface", "canvas", "selected", "fill", "note")),
    *(("ink-2", ground) for ground in ("surface", "fill", "selected")),
    *(("ink-3", ground) for ground in ("surface", "canvas", "raised", "fill", "hover", "selected", "note")),
    *(("accent", ground) for ground in ("surface", "canvas", "raised")),
    ("accent-strong", "accent-soft"),
    ("on-accent", "accent"),
    ("public", "surface"),
    ("public", "public-soft"),
    ("on-accent", "public"),
    ("note-ink", "note"),
    ("ok", "surface"),
    ("ok", "ok-soft"),
    *(("warn", ground) for ground in ("surface", "warn-soft", "selected")),
    *(("danger", ground) for ground in ("surface", "danger-soft", "selected")),
    ("on-accent", "danger-fill"),
]
GRAPHIC_PAIRS = [
    ("control", "surface"),
    ("control", "raised"),
    ("accent", "surface"),
    ("warn-fill", "surface"),
    ("danger-fill", "surface"),
    *((f"viz-{n}", "surface") for n in range(7)),
]


def colours(theme):
    pairs = re.findall(
        r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", (STATIC / "css/tokens.css").read_text()
    )
    return {name: light if theme == "light" else dark for name, light, dark in pairs}


def luminance(colour):
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_of_black_on_white_is_21():
    assert round(contrast("#000000", "#ffffff"), 2) == 21.0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_pair_meets_its_contrast(theme):
    known = colours(theme)
    wanted = chain(((pair, TEXT) for pair in TEXT_PAIRS), ((pair, GRAPHICS) for pair in GRAPHIC_PAIRS))

    weak = {
        (a, b): round(contrast(known[a], known[b]), 2)
        for (a, b), needs in wanted
        if contrast(known[a], known[b]) < needs
    }

    assert weak == {}
    assert len(TEXT_PAIRS) == 33
    assert len(GRAPHIC_PAIRS) == 12


@pytest.mark.parametrize(
    ("theme", "ink", "ground", "ratio"),
    [("light", "ink", "surface", 15.85), ("dark", "ink-3", "selected", 5.04), ("light", "warn-fill", "surface", 3.02)],
)
def test_ratios_are_those_of_the_design(theme, ink, ground, ratio):
    known = colours(theme)

    assert contrast(known[ink], known[ground]) == pytest.approx(ratio, abs=0.02)


def test_every_token_used_is_defined():
    css = "".join((STATIC / f"css/{layer}.css").read_text() for layer in LAYERS)
    defined = set(re.findall(r"--([\w-]+):", css))
    set_by_script = {"p"}

    assert set(re.findall(r"var\(--([\w-]+)", css)) - defined - set_by_script == set()


def test_raw_colours_only_in_tokens():
    raw = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|oklch|oklab|lab|lch)\(", re.ASCII)
    found = {
        path.name: raw.findall(re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL))
        for path in (STATIC / "css").glob("*.css")
        if path.name != "tokens.css"
    }

    assert set(LAYERS[1:]) < {name.removesuffix(".css") for name in found}
    assert {name: raw for name, raw in found.items() if raw} == {}


def packed(*paths):
    return sum(len(gzip.compress(path.read_bytes(), 6)) for path in paths)


def test_stylesheets_are_small():
    """What a list with a case loads; pages of settings add one sheet of their own, see tests/browser for the bytes."""
    templates = STATIC.parent / "templates"
    drawn = [templates / "base.html", templates / "inbox/app.html", templates / "inbox/pages/queue.html"]
    named = {name for path in drawn for name in re.findall(r"css/(\w+)\.css", path.read_text())}

    assert len(named) >= 10
    assert packed(*(STATIC / "css" / f"{name}.css" for name in named)) < 25_000


def test_scripts_are_small():
    import django_htmx

    htmx = Path(django_htmx.__file__).parent / "static/django_htmx/htmx-2.min.js"
    ours = sorted((STATIC / "js").glob("*.js"))

    assert packed(htmx, *ours) < 100_000
    assert {path.name for path in ours if packed(path) >= 8_000} == set()
    assert {path.name for path in ours if re.search(r"\beval\(|new Function", path.read_text())} == set()
