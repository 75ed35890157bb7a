"""Pages that move, in a browser: accessible, they play, pause, are scrubbed, and keep still for who asks for that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from journeys.columns import Columns
from reports.animation.page import page as animated
from reports.animation.scene import Window, cast, visited
from reports.animation.stage import stage
from reports.watching import page as watched
from reports.watching import so_far
from tests.reports.synthetic import DAY, LOAN, manifest, population, write_run

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    rows = [Columns.of(population(seed, 120, **more)) for seed, more in ((1, {}), (1, {"completes": 0.9}))]
    steps, window = visited(LOAN, rows), Window(0.0, 8 * DAY)
    casts = [cast(title, own, window, steps, 1) for title, own in zip(("As is", "Redesigned"), rows, strict=True)]
    run = write_run(folder / "run", [population(seed, 60) for seed in (1, 2)])
    texts = {
        "animation": animated("Loan", LOAN, casts, [manifest(), manifest()], stage(LOAN, casts), window),
        "watch": watched("Loan", [so_far(run.folder)], "12:00:00", "n"),
    }
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in texts}


def opened(launched: Browser, path: Path, **more: object) -> tuple[Page, list[str]]:
    page, problems = launched.new_context(viewport={"width": 1280, "height": 900}, **more).new_page(), list[str]()  # type: ignore[arg-type]
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(path.as_uri())
    return page, problems


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["animation", "watch"])
def test_axe_finds_no_violation(
    launched: Browser, pages: dict[str, Path], name: str, scheme: str,
    violations: Callable[[Page], list[tuple[str, str]]],
) -> None:  # fmt: skip
    page, _ = opened(launched, pages[name], color_scheme=scheme, reduced_motion="reduce", bypass_csp=True)
    assert violations(page) == []
    page.context.close()


def test_it_plays_pauses_and_is_scrubbed(launched: Browser, pages: dict[str, Path]) -> None:
    page, problems = opened(launched, pages["animation"])
    expect(page.get_by_label("Time")).not_to_have_value("0")
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Play").wait_for()
    page.get_by_label("Time").evaluate("one => { one.value = 60000; one.dispatchEvent(new Event('input')); }")
    numbers = page.locator("[data-count=completed]").all_text_contents()
    before, after = (int(number) for number in numbers)
    assert 0 < before < after
    assert page.locator("circle.saved").count() > 0
    page.get_by_label("Time").evaluate("one => { one.value = 0; one.dispatchEvent(new Event('input')); }")
    assert page.locator("[data-count=completed]").first.text_content() == "0"
    assert problems == []
    page.context.close()


def test_it_keeps_still_for_who_asks_for_that(launched: Browser, pages: dict[str, Path]) -> None:
    page, problems = opened(launched, pages["animation"], reduced_motion="reduce")
    assert page.get_by_role("button", name="Play").is_visible()
    assert page.locator("#scrub").input_value() == "60000"
    assert problems == []
    page.context.close()


def test_without_scripts_it_is_told_in_words(launched: Browser, pages: dict[str, Path]) -> None:
    page, _ = opened(launched, pages["animation"], java_script_enabled=False)
    assert "needs scripts" in page.locator("noscript").inner_text()
    assert not page.get_by_role("button", name="Play").is_visible()
    assert "customers who arrive" in page.locator("details").inner_html()
    page.context.close()
