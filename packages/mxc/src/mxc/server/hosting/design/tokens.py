"""The tokens: every colour, size and radius of the pages, under the same names in dark and in light."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

Palette = Mapping[str, str]

DARK: Final[Palette] = MappingProxyType(
    {
        "canvas": "#0c0f13",
        "panel": "#13171c",
        "raised": "#1b2027",
        "strong": "#eff2f6",
        "normal": "#c5ccd6",
        "quiet": "#909aa8",
        "line": "#252b34",
        "edge": "#3b4450",
        "accent": "#9ba6ff",
        "on-accent": "#0c0f13",
        "ok": "#5ccb8d",
        "busy": "#62b5f2",
        "waiting": "#e2b14f",
        "bad": "#ff8078",
        "off": "#98a2b0",
    }
)
LIGHT: Final[Palette] = MappingProxyType(
    {
        "canvas": "#f5f6f8",
        "panel": "#ffffff",
        "raised": "#eceff3",
        "strong": "#10141a",
        "normal": "#343c47",
        "quiet": "#586170",
        "line": "#dfe3e8",
        "edge": "#b7bec8",
        "accent": "#424bc6",
        "on-accent": "#ffffff",
        "ok": "#17713f",
        "busy": "#0b63a5",
        "waiting": "#805300",
        "bad": "#b92a25",
        "off": "#586170",
    }
)
THEMES: Final[Mapping[str, Palette]] = MappingProxyType({"dark": DARK, "light": LIGHT})

SURFACES: Final = ("canvas", "panel", "raised")
STATUSES: Final = ("ok", "busy", "waiting", "bad", "off")
INKS: Final = ("strong", "normal", "quiet", "accent", *STATUSES)

SHAPE: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{f"s{step}": f"{4 * step}px" for step in (1, 2, 3, 4, 5, 6, 8, 12)},
        "radius": "6px",
        "radius-small": "4px",
        "text-small": "12px",
        "text": "13px",
        "text-large": "14px",
        "text-heading": "15px",
        "text-title": "20px",
        "text-figure": "24px",
        "row": "36px",
        "control": "32px",
        "menu-width": "196px",
        "sans": 'Inter, "Inter Variable", Roboto, system-ui, -apple-system, "Segoe UI", sans-serif',
        "mono": 'ui-monospace, "SF Mono", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
    }
)


def pairs() -> Iterator[tuple[str, str]]:
    """Every (ink, surface) that meet on a page as text."""
    for surface in SURFACES:
        yield from ((ink, surface) for ink in INKS)
    yield "on-accent", "accent"


def css_variables() -> str:
    """The tokens as CSS: shapes once, colours per theme, chosen by `data-theme` on the root element."""
    blocks = [_block(":root", SHAPE)]
    for name, palette in THEMES.items():
        blocks.append(_block(f':root[data-theme="{name}"]', {**palette, "scheme": name}))
    blocks.append(":root{color-scheme:var(--scheme)}")
    return "\n".join(blocks)


def _block(selector: str, values: Mapping[str, str]) -> str:
    return selector + "{" + ";".join(f"--{name}:{value}" for name, value in values.items()) + "}"
