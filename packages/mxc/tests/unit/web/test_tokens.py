"""The tokens meet WCAG AA wherever they meet, and nothing outside of them says a colour."""

import re
from importlib.resources import files

import pytest

from mxc.server.hosting import design
from mxc.server.hosting.design.status import Tone, status_css, status_of
from mxc.server.hosting.design.tokens import DARK, LIGHT, STATUSES, SURFACES, THEMES, css_variables, pairs

AA_TEXT = 4.5
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(")


def luminance(colour: str) -> float:
    """WCAG's relative luminance of `#rrggbb`."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """From 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_formula_knows_its_ends() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "surface"), list(pairs()))
def test_text_can_be_read(theme: str, ink: str, surface: str) -> None:
    palette = THEMES[theme]
    assert contrast(palette[ink], palette[surface]) >= AA_TEXT


def test_both_themes_have_the_same_names() -> None:
    assert DARK.keys() == LIGHT.keys()
    assert set(SURFACES) | set(STATUSES) <= DARK.keys()


def test_colours_are_written_in_the_tokens_only() -> None:
    folder = files(design) / "style"
    for sheet in folder.iterdir():
        assert not COLOUR.search(sheet.read_text()), sheet.name


def test_every_variable_used_is_a_token() -> None:
    defined = set(re.findall(r"--([\w-]+):", css_variables() + status_css()))
    for sheet in (files(design) / "style").iterdir():
        used = set(re.findall(r"var\(--([\w-]+)", sheet.read_text()))
        assert used <= defined, (sheet.name, used - defined)


def test_every_tone_has_a_shape_of_its_own() -> None:
    shapes = re.findall(r'--mark:url\("([^"]+)"\)', status_css())
    assert len(shapes) == len(set(shapes)) == len(Tone)


def test_a_word_nobody_knows_is_unknown() -> None:
    assert status_of("thawing").tone is Tone.UNKNOWN
    assert status_of("running").tone is Tone.OK
