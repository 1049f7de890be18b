"""Charts as plain SVG, for pages that are read on light and on dark screens: lines, bars and histograms.

A chart is one string that depends on its data alone, so that a test can compare it. It has a title, axes with their
units, labels beside what they name instead of a legend far away, and a description for those who cannot see it.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

WIDTH, HEIGHT = 720, 410
_LEFT, _TOP, _BOTTOM = 66, 92, 56
_RIGHT_MIN = 28
_TEXT = 13
_SMALL = 12
_LABEL_GAP = 16.0
"""Between two labels of lines that end near each other."""
_WIDE, _NARROW = 0.6, 0.3
"""How wide letters are, as shares of their size, in the fonts that systems have."""
_BAR, _BAR_GAP = 24, 12
_TICKS = 5
_DOTS_MAX = 40
"""A line of more points is drawn without dots."""
_PALETTE = ("#1d5fbf", "#b4500a", "#0f7a4f", "#7a3fc4", "#b0235f", "#5b6572", "#8a6d00", "#0b7285")
_PALETTE_DARK = ("#79b0ff", "#f5a15b", "#5fd39b", "#c6a5ff", "#ff8fb8", "#a9b4c0", "#e0c04a", "#66d0e0")


@dataclass(frozen=True, slots=True)
class Axis:
    """What is measured along an axis, in what; `log` puts powers of ten at equal distances."""

    label: str
    unit: str = ""
    log: bool = False

    @property
    def title(self) -> str:
        return f"{self.label} ({self.unit})" if self.unit else self.label


@dataclass(frozen=True, slots=True)
class Line:
    """Points from left to right, and the name that stands at their end."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Mark:
    """A value that was wanted or that stands out, as a line across the chart."""

    value: float
    label: str
    across: bool = True
    """At a height; else at a place along the horizontal axis."""


@dataclass(frozen=True, slots=True)
class Bar:
    """`label` stands before it, `shown` behind it."""

    label: str
    value: float
    shown: str


# ---------------------------------------------------------------- the three kinds


def lines(
    title: str, drawn: Sequence[Line], x: Axis, y: Axis, *, subtitle: str = "", marks: Sequence[Mark] = ()
) -> str:
    """Curves over a common axis. Points that a logarithm has no place for are left out."""
    kept = [Line(line.name, [p for p in sorted(line.points) if _fits(p, x, y)]) for line in drawn]
    kept = [line for line in kept if line.points]
    xs = [px for line in kept for px, _ in line.points] + [mark.value for mark in marks if not mark.across]
    ys = [py for line in kept for _, py in line.points] + [mark.value for mark in marks if mark.across]
    right = max([_RIGHT_MIN, *(_width(line.name) + 20 for line in kept)])
    plot = _Plot(_Scale.over(xs, x, _LEFT, WIDTH - right), _Scale.over(ys, y, HEIGHT - _BOTTOM, _TOP))
    parts = [*plot.grid(x, y), *(part for mark in marks for part in plot.mark(mark))]
    for number, line in enumerate(kept):
        path = " ".join(f"{_n(plot.x.at(px))},{_n(plot.y.at(py))}" for px, py in line.points)
        parts.append(f'<polyline class="line s{number % len(_PALETTE)}" points="{path}"/>')
        for px, py in line.points if len(line.points) <= _DOTS_MAX else ():
            dot = f'cx="{_n(plot.x.at(px))}" cy="{_n(plot.y.at(py))}" r="3.2"'
            told = escape(f"{line.name}: {_figure(px)}, {_figure(py)}")
            parts.append(f'<circle class="dot f{number % len(_PALETTE)}" {dot}><title>{told}</title></circle>')
    ends = [plot.y.at(line.points[-1][1]) for line in kept]
    for number, (line, at) in enumerate(zip(kept, _apart(ends, _TOP, HEIGHT - _BOTTOM), strict=True)):
        left = plot.x.at(line.points[-1][0]) + 9
        parts.append(_text(left, at + 4, line.name, f"name f{number % len(_PALETTE)}"))
    told = "; ".join(f"{line.name}: {_told(line.points)}" for line in kept)
    return _svg(title, subtitle, f"{y.title} over {x.title}. {told}", parts, HEIGHT)


def bars(title: str, drawn: Sequence[Bar], axis: Axis, *, subtitle: str = "", marks: Sequence[Mark] = ()) -> str:
    """One bar a row, from nothing on."""
    bottom = _TOP + len(drawn) * (_BAR + _BAR_GAP)
    left = max([_LEFT, *(_width(bar.label) + 34 for bar in drawn)])
    right = max([_RIGHT_MIN, *(_width(bar.shown) + 22 for bar in drawn)])
    top = max([*(bar.value for bar in drawn), *(mark.value for mark in marks), 0.0])
    scale = _Scale.over([0.0, top], axis, left, WIDTH - right)
    parts = [_text(left + (WIDTH - right - left) / 2, bottom + 44, axis.title, "axis", "middle")]
    for tick in scale.ticks():
        at = scale.at(tick)
        parts.append(f'<line class="grid" x1="{_n(at)}" x2="{_n(at)}" y1="{_TOP - 6}" y2="{_n(bottom)}"/>')
        parts.append(_text(at, bottom + 20, _figure(tick), "tick", "middle"))
    for number, bar in enumerate(drawn):
        y = _TOP + number * (_BAR + _BAR_GAP)
        width = max(1.0, scale.at(bar.value) - left)
        parts.append(f'<rect class="f0" x="{_n(left)}" y="{y}" width="{_n(width)}" height="{_BAR}" rx="3"/>')
        parts.append(_text(left - 10, y + _BAR / 2 + 4.5, bar.label, "label", "end"))
        parts.append(_text(left + width + 8, y + _BAR / 2 + 4.5, bar.shown, "value"))
    for mark in marks:
        at = scale.at(mark.value)
        parts.append(f'<line class="mark" x1="{_n(at)}" x2="{_n(at)}" y1="{_TOP - 8}" y2="{_n(bottom)}"/>')
        parts.append(_text(at + 4, _TOP - 13, mark.label, "told", "end"))
    told = "; ".join(f"{bar.label}: {bar.shown}" for bar in drawn)
    return _svg(title, subtitle, f"{axis.title}. {told}", parts, bottom + _BOTTOM + 4)


def histogram(
    title: str, values: Sequence[float], axis: Axis, *, bins: int = 20, subtitle: str = "", marks: Sequence[Mark] = ()
) -> str:
    """How often values fall into each of `bins` equal steps; a mark stands at a place along the axis."""
    top = max([*values, *(mark.value for mark in marks), 1e-9])
    scale = _Scale.over([0.0, top], axis, _LEFT, WIDTH - _RIGHT_MIN)
    step = scale.high / bins
    counts = [0] * bins
    for value in values:
        counts[min(bins - 1, max(0, int(value / step)))] += 1
    heights = Axis("how many")
    plot = _Plot(scale, _Scale.over([0.0, float(max(counts))], heights, HEIGHT - _BOTTOM, _TOP))
    parts = [*plot.grid(axis, heights)]
    for number, count in enumerate(counts):
        left, right = scale.at(number * step), scale.at((number + 1) * step)
        y = plot.y.at(count)
        if count:
            place = f'x="{_n(left + 1)}" y="{_n(y)}" width="{_n(right - left - 2)}" height="{_n(HEIGHT - _BOTTOM - y)}"'
            told = f"{_figure(number * step)} to {_figure((number + 1) * step)}: {count}"
            parts.append(f'<rect class="f0" {place}><title>{told}</title></rect>')
    parts += [part for mark in marks for part in plot.mark(Mark(mark.value, mark.label, across=False))]
    told = f"{len(values)} values"
    if values:
        told += f" from {_figure(min(values))} to {_figure(max(values))}"
    return _svg(title, subtitle, f"How often each {axis.title} came. {told}", parts, HEIGHT)


# ---------------------------------------------------------------- scales


@dataclass(frozen=True, slots=True)
class _Scale:
    """Values from `low` to `high` between two places of the picture."""

    low: float
    high: float
    log: bool
    start: float
    end: float

    @classmethod
    def over(cls, values: Sequence[float], axis: Axis, start: float, end: float) -> "_Scale":
        """Room for all values, out to round figures; from nothing on where the axis is not logarithmic."""
        top = max(values, default=1.0)
        if axis.log:
            low, high = min(values, default=1.0) / 1.06, top * 1.06
            return cls(_round_log(low, down=True), _round_log(high, down=False), True, start, end)
        step = _step(top or 1.0)
        return cls(0.0, step * math.ceil((top or 1.0) / step - 1e-9), False, start, end)

    def at(self, value: float) -> float:
        if self.log:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[float]:
        if not self.log:
            step = _step(self.high)
            return [step * n for n in range(round(self.high / step) + 1)]
        decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        wide = self.high / self.low > 10**4
        found = [digit * 10.0**power for power in decades for digit in ((1,) if wide else (1, 2, 5))]
        return [tick for tick in found if self.low * 0.999 <= tick <= self.high * 1.001]


def _step(top: float) -> float:
    """A round distance of ticks: 1, 2, 2.5 or 5 times a power of ten."""
    raw = top / _TICKS
    power = 10.0 ** math.floor(math.log10(raw))
    return next(digit * power for digit in (1, 2, 2.5, 5, 10) if digit * power >= raw * 0.999)


def _round_log(value: float, *, down: bool) -> float:
    """The next of 1, 2 and 5 times a power of ten below or above."""
    power = math.floor(math.log10(value))
    around = [digit * 10.0**p for p in (power - 1, power, power + 1) for digit in (1, 2, 5)]
    if down:
        return max(found for found in around if found <= value * 1.0001)
    return min(found for found in around if found >= value * 0.9999)


def _fits(point: tuple[float, float], x: Axis, y: Axis) -> bool:
    return all(math.isfinite(v) and (v > 0 or not axis.log) for v, axis in zip(point, (x, y), strict=True))


def _apart(wanted: Sequence[float], top: float, bottom: float) -> list[float]:
    """Places near those wanted, far enough from each other to be read."""
    order = sorted(range(len(wanted)), key=lambda n: wanted[n])
    placed = [wanted[n] for n in order]
    for _ in range(200):
        moved = False
        for a, b in pairwise(range(len(placed))):
            if (short := _LABEL_GAP - (placed[b] - placed[a])) > 0.01:
                placed[a], placed[b], moved = placed[a] - short / 2, placed[b] + short / 2, True
        if placed:
            placed[0], placed[-1] = max(placed[0], top), min(placed[-1], bottom)
        if not moved:
            break
    found = dict(zip(order, placed, strict=True))
    return [found[n] for n in range(len(wanted))]


# ---------------------------------------------------------------- drawing


@dataclass(frozen=True, slots=True)
class _Plot:
    """The place between two axes."""

    x: _Scale
    y: _Scale

    def grid(self, x: Axis, y: Axis) -> Iterator[str]:
        for tick in self.y.ticks():
            at = _n(self.y.at(tick))
            yield f'<line class="grid" x1="{_n(self.x.start)}" x2="{_n(self.x.end)}" y1="{at}" y2="{at}"/>'
            yield _text(self.x.start - 9, self.y.at(tick) + 4, _figure(tick), "tick", "end")
        for tick in self.x.ticks():
            at = _n(self.x.at(tick))
            yield f'<line class="tick" x1="{at}" x2="{at}" y1="{_n(self.y.start)}" y2="{_n(self.y.start + 5)}"/>'
            yield _text(self.x.at(tick), self.y.start + 21, _figure(tick), "tick", "middle")
        base = _n(self.y.start)
        yield f'<line class="base" x1="{_n(self.x.start)}" x2="{_n(self.x.end)}" y1="{base}" y2="{base}"/>'
        yield _text(self.x.start - 46, _TOP - 16, y.title, "axis")
        yield _text((self.x.start + self.x.end) / 2, self.y.start + 44, x.title, "axis", "middle")

    def mark(self, mark: Mark) -> Iterator[str]:
        if mark.across:
            at = self.y.at(mark.value)
            yield f'<line class="mark" x1="{_n(self.x.start)}" x2="{_n(self.x.end)}" y1="{_n(at)}" y2="{_n(at)}"/>'
            above = at - 6 > _TOP  # else it would touch the name of the axis
            yield _text(self.x.start + 8, at - 6 if above else at + 15, mark.label, "told")
            return
        at = self.x.at(mark.value)
        yield f'<line class="mark" x1="{_n(at)}" x2="{_n(at)}" y1="{_n(self.y.end)}" y2="{_n(self.y.start)}"/>'
        over = at + _width(mark.label) + 10 > WIDTH
        yield _text(at + (-7 if over else 7), self.y.end + 10, mark.label, "told", "end" if over else "start")


def _svg(title: str, subtitle: str, told: str, parts: Sequence[str], height: float) -> str:
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {_n(height)}" width="{WIDTH}"'
        f' height="{_n(height)}" role="img" aria-labelledby="t d">',
        f'<title id="t">{escape(title)}</title>',
        f'<desc id="d">{escape(f"{subtitle}. {told}" if subtitle else told)}</desc>',
        f"<style>{_style()}</style>",
        f'<rect class="page" x="0.5" y="0.5" width="{WIDTH - 1}" height="{_n(height - 1)}" rx="10"/>',
        _text(20, 29, title, "title"),
    ]
    if subtitle:
        head.append(_text(20, 47, subtitle, "subtitle"))
    return "\n".join([*head, *parts, "</svg>"]) + "\n"


def _style() -> str:
    """Both schemes stand in the picture: it follows the reader's, also where it is shown as an image."""
    light = _scheme(_PALETTE, page="#ffffff", edge="#d9dee4", ink="#1b2430", soft="#5a6572", grid="#e8ebef")
    dark = _scheme(_PALETTE_DARK, page="#12171e", edge="#2c3540", ink="#e8edf3", soft="#9aa7b5", grid="#252d37")
    return (
        'text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;'
        f"font-size:{_SMALL}px;font-variant-numeric:tabular-nums}}"
        f".title{{font-size:17px;font-weight:600}}.name,.value{{font-size:{_TEXT}px;font-weight:600}}"
        f".label{{font-size:{_TEXT}px}}.line{{fill:none;stroke-width:2.2;stroke-linejoin:round}}"
        ".grid,.tick,.base{stroke-width:1}text.tick{stroke:none}.mark{stroke-width:1.4;stroke-dasharray:5 4}"
        f".told{{font-style:italic}}{light}@media (prefers-color-scheme:dark){{{dark}}}"
    )


def _scheme(palette: Sequence[str], *, page: str, edge: str, ink: str, soft: str, grid: str) -> str:
    series = "".join(f".s{n}{{stroke:{colour}}}.f{n}{{fill:{colour}}}" for n, colour in enumerate(palette))
    return (
        f".page{{fill:{page};stroke:{edge}}}.title,.value,.label{{fill:{ink}}}.subtitle,.axis,.tick,.told{{fill:{soft}}}"
        f".grid{{stroke:{grid}}}.tick,.base,.mark{{stroke:{soft}}}.dot{{stroke:{page};stroke-width:1.2}}{series}"
    )


def _text(x: float, y: float, words: str, kind: str, anchor: str = "start") -> str:
    place = f'x="{_n(x)}" y="{_n(y)}"'
    ends = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text class="{kind}" {place}{ends}>{escape(words)}</text>'


def _width(words: str) -> float:
    return sum(_TEXT * (_NARROW if letter in " ,.:;ilj|'()" else _WIDE) for letter in words)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _figure(value: float) -> str:
    """As people write it: 1,500 and 0.25, three places that count."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _told(points: Sequence[tuple[float, float]]) -> str:
    return ", ".join(f"{_figure(y)} at {_figure(x)}" for x, y in points)
