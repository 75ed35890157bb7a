"""The forms in which a report is written besides its page and its summary, as the options ask for them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.options import OUT, added, section
from journeys.errors import CannotWrite, InvalidInput, Problem, did_you_mean

if TYPE_CHECKING:
    from reports.study import ReportFiles

STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
NAMES = ("html", "json", "md", "junit", "pdf", "github")
PICTURES = ("svg", "png", "pdf")


@dataclass(frozen=True, slots=True)
class Forms:
    """What is asked for: `names` of forms, and the formats of `pictures` besides SVG."""

    names: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()


def taken(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options ``--format`` and ``--figures`` to a command, which is given `forms`."""
    options = added(*section(
        OUT,
        click.option("--format", "formats", multiple=True, metavar="FORM,...", help="Besides report.html and "
                     f"summary.json: {', '.join(NAMES[2:])}; several at once."),
        click.option("--figures", "figures", multiple=True, metavar="FORMAT,...", help="Each figure as a file of its "
                     "own, besides SVG: png, pdf."),
    ))  # fmt: skip
    found: Callable[..., Any] = options(command)
    return found


def forms_of(options: dict[str, Any]) -> Forms:
    """Take ``formats`` and ``figures`` out of a command's options; raises InvalidInput for what is not known."""
    return Forms(
        _known(options.pop("formats", ()), NAMES, "--format"), _known(options.pop("figures", ()), PICTURES, "--figures")
    )


def _known(texts: Sequence[str], known: Sequence[str], option: str) -> tuple[str, ...]:
    asked = [part.strip().lower() for text in texts for part in text.split(",") if part.strip()]
    asked = [{"markdown": "md", "step-summary": "github", "xml": "junit"}.get(name, name) for name in asked]
    wrong = [
        Problem(option, "is not known", name, did_you_mean(name, known), f"one of {', '.join(known)}")
        for name in asked
        if name not in known
    ]
    if "github" in asked and not os.environ.get(STEP_SUMMARY):
        wrong.append(Problem(option, f"github needs the variable {STEP_SUMMARY}", "", "set by GitHub Actions; or md"))
    if wrong:
        raise InvalidInput(wrong)
    return tuple(dict.fromkeys(asked))


def write_forms(files: ReportFiles, forms: Forms, judged: str = "") -> list[tuple[str, Path]]:
    """Write the forms beside the report; return what each is, and its file.

    Raises CannotWrite, and Missing where a PDF is asked for and there is no browser.
    """
    folder, study, found = files.html.parent, files.study, list[tuple[str, Path]]()
    try:
        if "md" in forms.names or "github" in forms.names:
            from reports.forms.markdown import markdown

            text = markdown(study, str(files.html))
            if "md" in forms.names:
                path = folder / "report.md"
                path.write_text(text, encoding="utf-8")
                found.append(("markdown", path))
            if "github" in forms.names:
                with Path(os.environ[STEP_SUMMARY]).open("a", encoding="utf-8") as summary:
                    summary.write(text)
        if "junit" in forms.names:
            from reports.forms.junit import junit

            path = folder / "junit.xml"
            path.write_text(junit(study, judged), encoding="utf-8")
            found.append(("junit", path))
        for ending in forms.pictures:
            if ending != "svg":
                for picture in files.pictures:
                    picture.save(folder / "figures" / f"{picture.name}.{ending}")
                found.append(("figures", folder / "figures"))
        if "pdf" in forms.names:
            from journeys.browser.printing import print_pdf

            found.append(("pdf", print_pdf(files.html, folder / "report.pdf")))
    except OSError as error:
        raise CannotWrite(f"{error.filename}: cannot be written ({error.strerror}); choose another --out") from error
    return list(dict.fromkeys(found))
