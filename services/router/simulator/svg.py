"""Small plots as inline SVG: lines over the day, and bars."""

from collections.abc import Mapping, Sequence
from html import escape
from itertools import count
from typing import Final

_WIDTH: Final = 720
_HEIGHT: Final = 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 12, 12, 28
_INNER_WIDTH = _WIDTH - _LEFT - _RIGHT
_INNER_HEIGHT = _HEIGHT - _TOP - _BOTTOM
_COLOURS: Final = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#666666", "#f0e442",
)  # fmt: skip  # Okabe and Ito: told apart by the colour-blind, too
_TICKS: Final = 4


def lines(
    series: Mapping[str, Sequence[float | None]], *, width_s: float, percent: bool = False
) -> str:
    """One line each over the hours of the day. width_s: seconds between values; None: a gap."""
    values = [value for line in series.values() for value in line if value is not None]
    top = 1.0 if percent else _round_up(max(values, default=0.0))
    size = max(len(line) for line in series.values())
    parts = [_axis(top, percent=percent), _hours(size * width_s)]
    for index, (name, line) in enumerate(series.items()):
        colour = _COLOURS[index % len(_COLOURS)]
        for run in _runs(line):
            points = " ".join(
                f"{_x((place + 0.5) / size):.1f},{_y(value / top):.1f}" for place, value in run
            )
            parts.append(
                f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.8">'
                f"<title>{escape(name)}</title></polyline>"
            )
    return _picture(parts) + _legend(series)


def bars(values: Mapping[str, float]) -> str:
    """One bar each, shares from 0 to 1."""
    parts = [_axis(1.0, percent=True)]
    step = _INNER_WIDTH / max(1, len(values))
    for index, (name, value) in enumerate(values.items()):
        left, height = _LEFT + index * step, value * _INNER_HEIGHT
        parts.append(
            f'<rect x="{left + step * 0.15:.1f}" y="{_y(value):.1f}" width="{step * 0.7:.1f}" '
            f'height="{height:.1f}" fill="{_COLOURS[0]}">'
            f"<title>{escape(name)}: {value:.1%}</title></rect>"
            f'<text x="{left + step / 2:.1f}" y="{_HEIGHT - 10}" text-anchor="middle">'
            f"{escape(name)}</text>"
        )
    return _picture(parts)


def _picture(parts: Sequence[str]) -> str:
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">{"".join(parts)}</svg>'


def _axis(top: float, *, percent: bool) -> str:
    marks = []
    for tick in range(_TICKS + 1):
        share = tick / _TICKS
        label = f"{share:.0%}" if percent else f"{top * share:g}"
        marks.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{_y(share):.1f}" y2="{_y(share):.1f}" '
            f'class="grid"/><text x="{_LEFT - 6}" y="{_y(share) + 4:.1f}" '
            f'text-anchor="end">{label}</text>'
        )
    return "".join(marks)


def _hours(seconds: float) -> str:
    hours = seconds / 3600
    step = max(1, round(hours / 12))
    return "".join(
        f'<text x="{_x(hour / hours):.1f}" y="{_HEIGHT - 10}" text-anchor="middle">{hour}:00</text>'
        for hour in range(0, int(hours) + 1, step)
    )


def _legend(names: Mapping[str, object]) -> str:
    items = (
        f'<span><i style="background:{_COLOURS[index % len(_COLOURS)]}"></i>{escape(name)}</span>'
        for index, name in enumerate(names)
    )
    return f'<p class="legend">{"".join(items)}</p>'


def _runs(line: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """The line in pieces without gaps, as (place, value)."""
    runs: list[list[tuple[int, float]]] = [[]]
    for place, value in enumerate(line):
        if value is not None:
            runs[-1].append((place, value))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _round_up(value: float) -> float:
    """To 4, 8 or 20 times a power of ten: its quarters are easy to read."""
    return next(
        float(step * 10**power)
        for power in count()
        for step in (4, 8, 20)
        if step * 10**power >= value
    )


def _x(share: float) -> float:
    return _LEFT + share * _INNER_WIDTH


def _y(share: float) -> float:
    return _TOP + (1.0 - share) * _INNER_HEIGHT
