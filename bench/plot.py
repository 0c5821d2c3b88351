"""The plot of the docs: rates as bars, from least to most as a line, drawn as SVG by hand."""

from collections.abc import Mapping, Sequence
from html import escape

from bench.contenders import CONTENDERS, Contender
from bench.result import Result, Spread, cpu, rates

WIDTH, LEFT, RIGHT, TOP, ROW = 860, 270, 190, 40, 34
COLOURS = {"copy": "#9aa3ad", "deliver": "#c98a3a", "execute": "#0b6bcb"}
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1c2430}.note{fill:#5a6572;font-size:12px}line{stroke:#1c2430}"
    "@media(prefers-color-scheme:dark){text{fill:#e6e9ed}.note{fill:#a3acb6}line{stroke:#e6e9ed}}"
)


def plot(results: Mapping[str, Sequence[Result]]) -> str:
    """An SVG document; readable on light and on dark."""
    shown = [(each, rates(results[each.name])) for each in CONTENDERS if results.get(each.name)]
    most = max((spread.high for _, spread in shown), default=1.0)
    height = TOP + ROW * len(shown) + 10
    bars = "".join(
        _bar(each, spread, cpu(results[each.name]), TOP + ROW * row, (WIDTH - LEFT - RIGHT) / most)
        for row, (each, spread) in enumerate(shown)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">'
        f"<title>Triggers per second</title><style>{STYLE}</style>"
        f'<text x="{LEFT}" y="18">triggers per second, warm, one process; CPU per trigger</text>'
        f"{bars}</svg>\n"
    )


def _bar(contender: Contender, rate: Spread, used: Spread, y: int, scale: float) -> str:
    middle, end = y + ROW // 2 - 4, LEFT + rate.high * scale
    return (
        f'<text x="{LEFT - 10}" y="{middle + 5}" text-anchor="end">{escape(contender.title)}</text>'
        f'<rect x="{LEFT}" y="{y}" width="{rate.median * scale:.1f}" height="{ROW - 8}" rx="2" '
        f'fill="{COLOURS[contender.work]}"/>'
        f'<line x1="{LEFT + rate.low * scale:.1f}" x2="{end:.1f}" y1="{middle}" y2="{middle}"/>'
        f'<text x="{end + 8:.1f}" y="{middle + 5}">{rate.median:,.0f} '
        f'<tspan class="note">{used.median:.0f} \u00b5s, {escape(contender.guarantee)}</tspan></text>'
    )
