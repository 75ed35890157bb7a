"""A figure as SVG, cut to what is drawn, in one pass.

Matplotlib's own tight box lays every figure out three times: to find what the drawing needs, to measure it, and to draw
it. Here the drawing itself notes how far it reaches, and becomes the picture by a view of that box.
"""

from __future__ import annotations

import functools
import io
import math
import re
from typing import TYPE_CHECKING, Any

from reports.wording import only_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PADDING_PT = 3.0
_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
_METRICS: dict[tuple[str, int, Any], tuple[float, float, float]] = {}
_MOST_METRICS = 5000


def drawn_once(figure: Figure) -> str:
    """Return a figure as SVG; whatever reaches beyond its own size is within the picture too."""
    figure.set_dpi(72)
    width, height = (float(size) * 72 for size in figure.get_size_inches())
    text = io.StringIO()
    renderer = _renderer_class()(width, height, text, metadata=_NO_METADATA)
    background = figure.patch.get_visible()
    figure.patch.set_visible(False)
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            if not axis.label.get_text():
                axis.set_label_coords(0, 0)  # else the place of a label that is not there is worked out
    figure.draw(renderer)
    renderer.finalize()
    figure.patch.set_visible(background)
    for axes in figure.axes:
        box = axes.bbox.extents
        renderer.reaches((box[0], height - box[3]), (box[2], height - box[1]))
    return _cut(text.getvalue(), renderer.box)


def _cut(svg: str, box: tuple[float, float, float, float]) -> str:
    """Return an SVG that shows a box: left, top, right, bottom in points, and a margin."""
    left, top, right, bottom = box[0] - PADDING_PT, box[1] - PADDING_PT, box[2] + PADDING_PT, box[3] + PADDING_PT
    start = svg.index("<svg ")
    end = svg.index(">", start)
    head = svg[start:end]
    view = f"{left:.2f} {top:.2f} {right - left:.2f} {bottom - top:.2f}"
    for name, value in (("width", f"{right - left:.2f}pt"), ("height", f"{bottom - top:.2f}pt"), ("viewBox", view)):
        head = re.sub(rf' {name}="[^"]*"', f' {name}="{value}"', head, count=1)
    return svg[:start] + head + svg[end:]


@functools.cache
def _renderer_class() -> Any:
    """Return Matplotlib's renderer of SVG that also notes how far texts, and lines that nothing clips, reach."""
    from matplotlib.backends.backend_svg import RendererSVG

    class Noting(RendererSVG):
        """`box`: left, top, right and bottom of what was drawn so far, in points from the upper left."""

        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)  # type: ignore[no-untyped-call]
            self.box = (math.inf, math.inf, -math.inf, -math.inf)

        def reaches(self, *points: tuple[float, float]) -> None:
            """Note that something was drawn at some points."""
            x, y = [x for x, _ in points], [y for _, y in points]
            left, top, right, bottom = self.box
            self.box = min(left, *x), min(top, *y), max(right, *x), max(bottom, *y)

        def draw_path(self, gc: Any, path: Any, transform: Any, rgbFace: Any = None) -> None:
            super().draw_path(gc, path, transform, rgbFace)  # type: ignore[no-untyped-call]
            if gc.get_clip_rectangle() is None and len(path.vertices):
                low, high = path.get_extents(transform).get_points()
                self.reaches((low[0], self.height - high[1]), (high[0], self.height - low[1]))

        def draw_text(self, gc: Any, x: float, y: float, s: str, prop: Any, angle: float, ismath: Any = False,
                      mtext: Any = None) -> None:  # fmt: skip
            s = only_text(s)
            super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)  # type: ignore[no-untyped-call]
            width, height, descent = self.get_text_width_height_descent(s, prop, ismath)
            sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
            corners = [(right, up) for right in (0.0, width) for up in (-descent, height - descent)]
            self.reaches(*((x + right * cosine - up * sine, y - right * sine - up * cosine) for right, up in corners))

        def get_text_width_height_descent(self, s: str, prop: Any, ismath: Any) -> tuple[float, float, float]:
            s = only_text(s)
            key = s, hash(prop), ismath
            if key not in _METRICS:
                if len(_METRICS) >= _MOST_METRICS:
                    _METRICS.clear()
                found = super().get_text_width_height_descent(s, prop, ismath)  # type: ignore[no-untyped-call]
                _METRICS[key] = found
            return _METRICS[key]

    return Noting
