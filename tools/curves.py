"""`python -m tools.curves FIGURES.json DRAWING.svg`: curves of a benchmark, both axes logarithmic.

FIGURES holds `{"nodes": [sizes], "unit": "…", "curves": {"title": [one value per size]}}`.
"""

import json
import math
import sys
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

WIDTH, HEIGHT = 860, 460
LEFT, RIGHT, TOP, BOTTOM = 64, 250, 24, 44
# Told apart without colour vision as well (Okabe and Ito).
COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#8a7a00", "#666666")


def drawing(figures: dict[str, Any]) -> str:
    """The SVG text."""
    sizes, curves = figures["nodes"], figures["curves"]
    values = [value for curve in curves.values() for value in curve]
    across = _Scale(sizes, LEFT, WIDTH - RIGHT)
    up = _Scale(values, HEIGHT - BOTTOM, TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="13">',
        f"<title>{escape(figures['unit'])} against nodes</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
    ]
    for power in across.powers():
        x = across(power)
        parts.append(_line(x, TOP, x, HEIGHT - BOTTOM))
        parts.append(_text(x, HEIGHT - BOTTOM + 20, f"{power:,.0f}".replace(",", " "), "middle"))
    for power in up.powers():
        y = up(power)
        parts.append(_line(LEFT, y, WIDTH - RIGHT, y))
        parts.append(_text(LEFT - 8, y + 4, _short(power), "end"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, "nodes", "middle"))
    parts.append(_text(LEFT - 8, TOP - 8, escape(figures["unit"]), "start"))
    heights = _apart({title: up(curve[-1]) for title, curve in curves.items()})
    for (title, curve), colour in zip(curves.items(), COLOURS, strict=False):
        points = " ".join(f"{across(s):.1f},{up(v):.1f}" for s, v in zip(sizes, curve, strict=True))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{across(s):.1f}" cy="{up(v):.1f}" r="2.5" fill="{colour}"/>'
            for s, v in zip(sizes, curve, strict=True)
        ]
        parts.append(_text(WIDTH - RIGHT + 12, heights[title] + 4, escape(title), "start", colour))
    return "\n".join([*parts, "</svg>\n"])


class _Scale:
    """Logarithms of values to places."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        self._low, self._high = (math.log10(edge(values)) for edge in (min, max))
        self._low, self._high = math.floor(self._low), math.ceil(self._high)
        self._start, self._end = start, end

    def __call__(self, value: float) -> float:
        share = (math.log10(value) - self._low) / (self._high - self._low)
        return self._start + share * (self._end - self._start)

    def powers(self) -> list[float]:
        return [10.0**power for power in range(int(self._low), int(self._high) + 1)]


def _apart(wanted: dict[str, float]) -> dict[str, float]:
    """Places of the titles, near to the ends of their curves and not over one another."""
    placed: dict[str, float] = {}
    lowest = -math.inf
    for title, height in sorted(wanted.items(), key=lambda pair: pair[1]):
        lowest = placed[title] = max(height, lowest + 16)
    return placed


def _short(value: float) -> str:
    return f"{value:g}" if value < 1000 else f"{value / 1000:g} ms"


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#dddddd"/>'


def _text(x: float, y: float, words: str, anchor: str, colour: str = "#333333") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{words}</text>'


def table(figures: dict[str, Any]) -> str:
    """The same as a table in Markdown."""
    sizes = [f"{size:,}".replace(",", " ") for size in figures["nodes"]]
    lines = [f"| {figures['unit']} | {' | '.join(sizes)} |", "|---" * (len(sizes) + 1) + "|"]
    for title, curve in figures["curves"].items():
        lines.append(f"| {title} | {' | '.join(f'{v:.1f}' if v < 100 else f'{v:.0f}' for v in curve)} |")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str]) -> int:
    source, target = map(Path, arguments)
    figures = json.loads(source.read_text(encoding="utf-8"))
    target.write_text(drawing(figures), encoding="utf-8")
    sys.stdout.write(table(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
