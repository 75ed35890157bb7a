"""Commands that turn what somebody did into a journey or a mocked back end: record, mock."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.options import command
from journeys.errors import CannotWrite, InvalidInput, Problem

if TYPE_CHECKING:
    from journeys.recorded.notes import Note
    from journeys.recorded.writing import Written

HERE = "127.0.0.1"


@command(short_help="Open a browser, and write what you do there as a journey.")
@click.argument("url", required=False)
@click.option("--har", type=click.Path(path_type=Path), help="Read a HAR file instead of opening a browser.")
@click.option("-o", "--out", type=click.Path(path_type=Path), default=Path("journey_recorded.py"), show_default=True,
              help="The journey's file.")  # fmt: skip
@click.option("--name", default="", help="What the journey is called; after the page's title unless told.")
@click.option("--save-har", type=click.Path(path_type=Path),
              help="Keep all that was asked and answered, secrets masked, for 'journeywright mock'.")  # fmt: skip
def record(url: str | None, har: Path | None, out: Path, name: str, save_har: Path | None) -> None:
    """Open a browser at URL, and write what you do there as a journey: close the window when you are done.

    With --har, the requests of a recording made elsewhere (a browser's developer tools, a proxy) are written instead,
    as the journey's HTTP actions.
    """
    if (url is None) == (har is None):
        raise InvalidInput([Problem("record", "needs a URL or --har FILE, not both", "", "http://127.0.0.1:8000")])
    out = out if out.suffix == ".py" else out.with_name(out.name + ".py")
    for path in filter(None, (out, save_har)):
        if path.exists():
            raise InvalidInput([Problem(str(path), "is there already", "", "choose another with -o or --save-har")])
    written, target = _of_har(har, name) if har is not None else _of_browser(str(url), name, save_har)
    try:
        out.write_text(written.text, encoding="utf-8")
    except OSError as error:
        raise CannotWrite(f"{out}: cannot be written ({error.strerror})") from error
    for remark in written.remarks:
        click.echo(f"note: {remark}")
    walk = "load" if har is not None else "browse"
    click.echo(f"{out}: try 'journeywright {walk} {out} --target {target}'")


def _of_browser(url: str, name: str, save_har: Path | None) -> tuple[Written, str]:
    from journeys.browser.noting import record as recorded
    from journeys.recorded.har import mask_file
    from journeys.recorded.notes import secret_names
    from journeys.recorded.texts import origin_of
    from journeys.recorded.writing import Writer

    click.echo("recording: do what a customer does, then close the window (or press Ctrl-C here)")
    notes: list[Note] = []
    try:
        recorded(url, har=save_har, notes=notes)
    finally:
        if save_har is not None and save_har.exists():
            mask_file(save_har, secret_names(notes))
    if not any(note.acts for note in notes):
        raise InvalidInput([Problem(url, "nothing was done there", "", "press, fill or choose something")])
    return Writer(notes, url, date.today().isoformat(), name).written(), origin_of(url)


def _of_har(har: Path, name: str) -> tuple[Written, str]:
    from journeys.recorded.har import read_har
    from journeys.recorded.skeleton import skeleton

    recording = read_har(har)
    return skeleton(recording, name), recording.origin


@command(short_help="Serve the answers of a HAR file, as long as they took.")
@click.argument("har", type=click.Path(path_type=Path))
@click.option("--host", default=HERE, show_default=True, help="Address to serve on; loopback unless told.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 for a free one.")
@click.option("--origin", help="Whose answers; unless told, the site of the first page.")
@click.option("--latency", type=click.FloatRange(0), default=1.0, show_default=True,
              help="How many times as long as when it was recorded an answer takes; 0 for at once.")  # fmt: skip
def mock(har: Path, host: str, port: int, origin: str | None, latency: float) -> None:
    """Serve the answers of a HAR file, as long as they took, to browsers and to load; Ctrl-C ends it.

    A request is answered as the recorded one of the same method, path, query and body was, or else of the same method,
    path and query. What there is none for is answered 404, and listed at the end.
    """
    from journeys.recorded.har import read_har
    from simulators.recorded.serving import serve

    misses = serve(
        read_har(har, origin or ""), host=host, port=port, latency=latency,
        tell=lambda url, recording: click.echo(
            f"{url}: {len(recording.exchanges)} answers of {recording.origin}; Ctrl-C to end"
        ),
    )  # fmt: skip
    for (method, path), times in misses.items():
        click.echo(f"not in {har}: {method} {path}" + (f", {times} times" if times > 1 else ""))


COMMANDS = (record, mock)
