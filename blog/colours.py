"""A site's own accent colour: whether it can be read on the pages, and what it becomes on dark ones (WCAG)."""

import re

PAPER, DARK_PAPER = "#fdfdfc", "#141518"  # as in static/site.css
LEAST = 4.5  # contrast of text, WCAG 2.2, 1.4.3
COLOUR = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 (the same) to 21 (black on white)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def in_the_dark(accent: str) -> str:
    """Return the accent as it stands on dark paper: lightened until it can be read."""
    parts = _parts(accent)
    for step in range(21):
        lighter = "#" + "".join(f"{round(part + (255 - part) * step / 20):02x}" for part in parts)
        if contrast(lighter, DARK_PAPER) >= LEAST:
            return lighter
    return "#ffffff"


def stylesheet(accent: str, typeface: str) -> str:
    """Return the rules for an accent and a typeface of the system, "" where both are the engine's own."""
    rules = []
    if accent:
        rules.append(f"@media screen {{ :root {{ --red: {accent} }} }}")
        rules.append(f"@media screen and (prefers-color-scheme: dark) {{ :root {{ --red: {in_the_dark(accent)} }} }}")
    if typeface == "sans":
        rules.append(":root { --serif: var(--sans) }")
    return "\n".join(rules)


def _parts(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def _luminance(colour: str) -> float:
    red, green, blue = map(_linear, _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: int) -> float:
    part = value / 255
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
