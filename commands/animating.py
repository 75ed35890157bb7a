"""The command that shows customers moving through the blueprint: animate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands import reading, reporting
from commands.options import command
from journeys.errors import CannotWrite, InvalidInput, Problem

if TYPE_CHECKING:
    from journeys.columns import Columns
    from reports.study import Arm

MOST_RUNS = 2


@command(short_help="Show customers moving through the blueprint, by their fate.")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN [RUN]")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    default=Path("out/animation.html"),
    show_default=True,
    help="FILE.html, which opens offline, or FILE.gif.",
)
@click.option("--from", "begin", help="Since when, such as '8 d'; the end of the warm-up, unless told.")
@click.option("--for", "lasts", help="How long of it, such as '14 d'; to the last arrival, unless told.")
@click.option("--replication", type=click.IntRange(0), default=0, show_default=True, help="Which one is shown.")
@click.option("--title", default="", help="The heading.")
def animate(runs: tuple[Path, ...], out: Path, begin: str | None, lasts: str | None, replication: int,
            title: str) -> None:  # fmt: skip
    """Show a run's customers moving through the blueprint, by their fate; two runs one above the other.

    As it is and redesigned, with the same customers: those who are lost in the first and complete in the second are
    ringed. Space plays and pauses.
    """
    from reports.animation.page import page
    from reports.animation.scene import cast, every_of, visited, window_of
    from reports.animation.stage import stage

    if len(runs) > MOST_RUNS:
        raise InvalidInput([Problem("animate", "shows two runs at most", str(len(runs)), "RUN, or RUN RUN")])
    if out.suffix.lower() not in (".html", ".gif"):
        raise InvalidInput([Problem("-o", "no such form", str(out), "a file ending in .html or .gif")])
    arms = reporting.arms_of(runs)
    if len({arm.run.manifest.journey for arm in arms}) > 1:
        journeys = ", ".join(arm.run.manifest.journey for arm in arms)
        raise InvalidInput([Problem("animate", "these are runs of different journeys", journeys, "two of one journey")])
    journey, speed = arms[0].journey, arms[0].run.manifest.speed
    rows = [_rows(arm, replication) for arm in arms]
    window = window_of(rows, _begins_s(arms[0], begin), _seconds(lasts, "--for", speed))
    steps = visited(journey, rows)
    every = every_of(rows, window)
    casts = [cast(arm.title, own, window, steps, every) for arm, own in zip(arms, rows, strict=True)]
    manifests = [arm.run.manifest for arm in arms]
    heading = title or journey.title or journey.name
    text = page(heading, journey, casts, manifests, stage(journey, casts), window)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.suffix.lower() == ".html":
            out.write_text(text, encoding="utf-8")
        else:
            _film(text, out)
    except OSError as error:
        raise CannotWrite(f"{out}: cannot be written ({error.strerror}); choose another with -o") from error
    click.echo(f"{out}: {sum(len(one.dots) for one in casts):,} dots")


def _rows(arm: Arm, replication: int) -> Columns:
    from journeys.parts import read_parts

    parts = arm.run.parts()
    if replication not in parts:
        known = f"one of 0 to {max(parts)}" if parts else "it holds no rows"
        raise InvalidInput([Problem("--replication", f"{arm.run.folder} has no such one", str(replication), known)])
    return read_parts(replication, parts[replication])


def _begins_s(arm: Arm, begin: str | None) -> float | None:
    manifest = arm.run.manifest
    if begin is None and manifest.cohort_s is not None:
        return manifest.cohort_s[0] / manifest.speed
    return _seconds(begin, "--from", manifest.speed)


def _seconds(text: str | None, option: str, speed: float) -> float | None:
    return reading.read_duration(text, option).s / speed if text else None


def _film(text: str, out: Path) -> None:
    """Write the page's pictures as a GIF; raises Missing where there is no browser."""
    import tempfile

    from commands.progress import progress
    from journeys.browser.printing import pictures_of

    with tempfile.TemporaryDirectory() as scratch, progress("filming") as tell:
        file = Path(scratch) / "page.html"
        file.write_text(text, encoding="utf-8")
        from io import BytesIO

        from PIL import Image

        frames = [Image.open(BytesIO(one)).convert("RGB") for one in pictures_of(file, tell)]
    palette = frames[len(frames) // 2].quantize(160)
    small = [one.quantize(palette=palette, dither=Image.Dither.NONE) for one in frames]
    small[0].save(out, save_all=True, append_images=small[1:], duration=110, loop=0, optimize=False)


COMMANDS = (animate,)
