"""How pictures look and are saved: one restrained palette, and the same bytes for the same input."""

from __future__ import annotations

import contextlib
import functools
import gc
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from journeys.errors import CannotWrite, InvalidInput, Problem

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Given = ParamSpec("Given")
Drawn = TypeVar("Drawn")

# told apart in grey and by people who see no red or green; each has a partner for dark pages in the report's style
INK, MUTED, GRID, PAPER = "#1c2733", "#5c6b7a", "#d8dee6", "#fdfefe"
BASE, LEVER, BEST = "#8794a3", "#6aa6d6", "#0f5fa6"
DROP, DENIED, GOOD, WARN = "#c8562b", "#b08a2e", "#14806a", "#8a5a00"
SIMULATED, BROWSED, LOADED = "#0f5fa7", "#8c4a97", "#c96a12"
BAND, BOX, PEOPLE, MACHINE = "#f4efe4", "#fbfcfe", "#e7eff7", "#eceff3"
COLOURS = {
    INK: "ink", MUTED: "muted", GRID: "grid", PAPER: "paper", BASE: "base", LEVER: "lever", BEST: "best", DROP: "drop",
    DENIED: "denied", GOOD: "good", WARN: "warn", SIMULATED: "simulated", BROWSED: "browsed", LOADED: "loaded",
    BAND: "band", BOX: "box", PEOPLE: "people", MACHINE: "machine",
}  # fmt: skip
ENGINE_COLOUR = {"simulated": SIMULATED, "browsed": BROWSED, "loaded": LOADED}
REASONS = ("#1f6cb0", "#5e9bcc", "#23886f", "#c4603a", "#a98532", "#8f559b", "#7d8a99", "#4d5966", "#3f8f9b", "#b0527a")
SUFFIXES = (".svg", ".png", ".pdf")
DOTS_PER_INCH = 160

RC: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10.5,
    "text.color": INK,
    "text.parse_math": False,  # names may hold dollar signs
    "axes.edgecolor": GRID,
    "axes.labelcolor": MUTED,
    "axes.labelsize": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": "none",
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titley": 1.0,  # nothing stands above the axes that a title would have to make way for
    "figure.facecolor": "none",
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 10,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "svg.fonttype": "none",
    "svg.hashsalt": "journeywright",
    "path.simplify": True,
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn figure: its file name without suffix, what it shows in words, its SVG text, and the figure itself."""

    name: str
    title: str
    alt: str
    svg: str
    figure: Figure | None = field(default=None, compare=False, repr=False)

    def save(self, path: Path) -> Path:
        """Write the picture in the format of the file's suffix; raises as `save` does."""
        assert self.figure is not None
        return save(self.figure, path)


def styled(draw: Callable[Given, Drawn]) -> Callable[Given, Drawn]:
    """Make a function draw in the house's style, whatever the process has set."""

    @functools.wraps(draw)
    def inside(*given: Given.args, **named: Given.kwargs) -> Drawn:
        import matplotlib as mpl

        with mpl.rc_context(RC):
            return draw(*given, **named)

    return inside


def canvas(width_in: float, height_in: float) -> tuple[Figure, Axes]:
    """Return a figure without any window, and its axes; sizes in inches."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_in, height_in))
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


@contextlib.contextmanager
def collected_later() -> Iterator[None]:
    """Let Python not look for garbage within the context: pictures make many small things, and little garbage."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def svg_text(figure: Figure) -> str:
    """Return the figure as SVG, without dates: the same figure gives the same text."""
    import matplotlib as mpl

    from reports.pictures.svg import drawn_once

    with mpl.rc_context(RC):
        return drawn_once(figure)


def expect_picture(path: Path) -> None:
    """Raise InvalidInput for a file that is no picture by its suffix."""
    if path.suffix.lower() not in SUFFIXES:
        raise InvalidInput(
            [Problem(str(path), "no such picture format", path.suffix or "none", "a file ending in .svg, .png or .pdf")]
        )


def save(figure: Figure, path: Path) -> Path:
    """Write the figure as SVG, PNG or PDF, by the file's suffix; return the path.

    Raises InvalidInput for another suffix, CannotWrite where the file cannot be written.
    """
    expect_picture(path)
    import matplotlib as mpl

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix.lower() == ".svg":
            path.write_text(svg_text(figure), encoding="utf-8")
        else:
            undated = {"Software": None} if path.suffix.lower() == ".png" else {"CreationDate": None}
            with mpl.rc_context(RC):
                figure.savefig(
                    path, dpi=DOTS_PER_INCH, metadata=undated, bbox_inches="tight", pad_inches=0.12, facecolor=PAPER,
                )  # fmt: skip
    except OSError as error:
        raise CannotWrite(f"{path}: cannot be written ({error.strerror}); choose another with --out") from error
    return path


def inline(picture: Picture) -> str:
    """Return a picture's SVG for a page: named for screen readers, with the page's colours, ids of its own, no size."""
    text = re.sub(r"^.*?(?=<svg)", "", picture.svg, flags=re.DOTALL)
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'\bid="([^"]+)"', rf'id="{picture.name}-\1"', text)
    text = re.sub(r'(xlink:href="|url\()#([^")]+)', rf"\1#{picture.name}-\2", text)
    for colour, name in COLOURS.items():
        text = text.replace(colour, f"var(--{name})")
    shape = re.search(r'viewBox="[-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)"', text)
    width = round(float(shape[1]) * 4 / 3) if shape else 600
    head = f'<svg role="img" aria-label="{_attribute(picture.alt)}" style="--natural: {width}px"'
    text = re.sub(r'<svg(.*?)\s(?:width|height)="[^"]*"(.*?)\s(?:width|height)="[^"]*"', r"<svg\1\2", text, count=1)
    return text.replace("<svg", head, 1).strip()


def _attribute(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
