"""The report: what each point's bar wants and what was measured, all figures with their spread, and charts as SVG."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from statistics import median

from benchmarks import data
from benchmarks.figures import Figure, Point, Table

FOLDER = Path(__file__).parent
KEPT = data.HOME / "figures.json"


def keep(figures: list[Point], *, others: bool) -> list[Point]:
    """Keep what was measured; return it with (`others`) what earlier runs measured of other points."""
    known: dict[str, Point] = {}
    if others and KEPT.exists():
        for each in json.loads(KEPT.read_text("utf-8")):
            known[each["name"]] = Table(**each) if "text" in each else Figure(**each)
    known |= {each.name: each for each in figures}
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps([each.as_json() for each in known.values()]), "utf-8")
    return list(known.values())


def moment() -> str:
    """Say when something is measured, and how many processes of whatever kind were busy in the minute before."""
    return f"Begun on {datetime.now(UTC):%-d %B, %H:%M} UTC, at a load of {os.getloadavg()[0]:.1f}."


def write(points: list[Point]) -> Path:
    charts = FOLDER / "charts"
    charts.mkdir(exist_ok=True)
    for old in charts.glob("*.svg"):
        old.unlink()
    drawn = {}
    for point in points:
        if isinstance(point, Figure):
            name = f"charts/{''.join(c if c.isalnum() else '-' for c in point.name.lower())}.svg"
            (FOLDER / name).write_text(_chart(point), "utf-8")
            drawn[point.name] = f"![{point.name}, in {point.unit}]({name})\n"
    return write_beside("report.md", HEAD, points, {}, drawn)


def write_beside(
    name: str, head: str, points: list[Point], versions: Mapping[str, str], drawn: Mapping[str, str] | None = None
) -> Path:
    """Write a page: the head (with `{day}`), the machine, `versions`, the bars, and all points with what is drawn."""
    bars = _bars([each for each in points if isinstance(each, Figure)])
    parts = [head.format(day=f"{datetime.now(UTC):%-d %B %Y}"), _machine(versions), "## The bars\n", bars]
    parts.append("## The figures\n")
    for point in points:
        parts.append(f"### {point.name[0].upper()}{point.name[1:]}\n")
        if isinstance(point, Table):
            parts += [f"```\n{point.text}\n```\n", f"{point.taken}\n"]
            continue
        parts += [drawn[point.name]] if drawn else []
        parts.append(_table(point))
        parts.append(f"{' '.join(filter(None, (point.note, point.taken)))}\n")
    path = FOLDER / name
    path.write_text("\n".join(parts), "utf-8")
    return path


HEAD = """# What Afterword does in a second

Measured on {day} by `make bench`. [docs/performance.md](../docs/performance.md) says how, and what makes it fast
enough. The machine is shared. Read the ratios: they are taken round by round between things that ran in turn. Times
in seconds and milliseconds grow with the load, which each figure names: at a load of 2 both processors are busy.
"""


def _machine(versions: Mapping[str, str]) -> str:
    return "\n".join(f"- {name}: {value}" for name, value in {**data.machine(), **versions}.items()) + "\n"


def _bars(figures: list[Figure]) -> str:
    rows = ["| point | wanted | measured | reached |", "|---|---|---|---|"]
    for figure in figures:
        for verdict in figure.verdicts():
            reached = "yes" if verdict["reached"] else "**no**"
            rows.append(f"| {figure.name} | {verdict['wanted']} | {_number(verdict['measured'])} | {reached} |")
    return "\n".join(rows) + "\n"


def _table(figure: Figure) -> str:
    first = next(iter(figure.values))
    rows = [f"| | median, {figure.unit} | lowest to highest | {first} to it |", "|---|---|---|---|"]
    for name, values in figure.values.items():
        ratio = "" if name == first else f"{median(figure.ratios(name, first)):.2f}"
        spread = f"{_number(min(values))} to {_number(max(values))}"
        rows.append(f"| {name} | {_number(median(values))} | {spread} | {ratio} |")
    return "\n".join(rows) + "\n"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.{2 if value >= 1 else 3}f}"


def summary(figure: Point) -> str:
    """Return a figure as a line for the terminal, and a line for each of its bars; a table as it is."""
    if isinstance(figure, Table):
        return figure.text
    medians = ", ".join(f"{name} {_number(median(values))}" for name, values in figure.values.items())
    bars = [
        f"    {'reached' if each['reached'] else 'MISSED '} {each['wanted']}: {_number(each['measured'])}"
        for each in figure.verdicts()
    ]
    return "\n".join([f"  {figure.name} ({figure.unit}): {medians}", *bars])


WIDTH, LABEL, BAR, ROW = 720, 250, 360, 30


def _chart(figure: Figure) -> str:
    """Draw a bar for each median, with a line from the lowest to the highest round."""
    most = max(max(values) for values in figure.values.values()) or 1.0
    lines = []
    for n, (name, values) in enumerate(figure.values.items()):
        y, half = n * ROW + 6, median(values)
        low, high = (LABEL + BAR * each / most for each in (min(values), max(values)))
        kind, width = "other" if n else "ours", BAR * half / most
        lines.append(
            f'<text x="{LABEL - 10}" y="{y + 13}" text-anchor="end">{escape(name)}</text>'
            f'<rect class="{kind}" x="{LABEL}" y="{y}" width="{width:.1f}" height="18"/>'
            f'<path class="spread" d="M{low:.1f} {y + 9}H{high:.1f}"/>'
            f'<text x="{LABEL + BAR + 12}" y="{y + 13}">{_number(half)}</text>'
        )
    height = len(figure.values) * ROW + 6
    return SVG.format(
        width=WIDTH, height=height, title=escape(f"{figure.name}, in {figure.unit}"), lines="\n".join(lines)
    )


SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{title}">
<style>
text {{ font: 14px Georgia, serif; fill: #333 }}
.ours {{ fill: #8a2f1d }} .other {{ fill: #b9b2a6 }} .spread {{ stroke: #333; stroke-width: 1.5 }}
@media (prefers-color-scheme: dark) {{ text {{ fill: #ddd }} .spread {{ stroke: #ddd }} .ours {{ fill: #d9735f }} }}
</style>
{lines}
</svg>
"""
