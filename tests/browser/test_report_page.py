"""The report in a browser: accessible in light and dark, at home on a phone and on paper, and in need of no script."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from journeys.eventlog import Run
from journeys.findings import Finding, write_findings
from reports.study import Arm, write_report
from reports.wrong import walked
from tests.reports.explained import blame_by, doubts_of, levers_by
from tests.reports.synthetic import DAY, LOAN, population, write_run

pytestmark = pytest.mark.browser


def run_of(folder: Path, more: dict[str, float]) -> Run:
    return write_run(folder, [population(seed, 60, **more) for seed in range(3)])


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    arms = [
        Arm(name, name.capitalize(), LOAN, run_of(folder / name, more))
        for name, more in {
            "before": {}, "middle": {"calls": 0.6}, "after": {"completes": 0.8, "calls": 0.3, "decision_s": DAY},
        }.items()
    ]  # fmt: skip
    browsed = write_run(folder / "browsed", [population(1, 12)], kind="measured", engine="browser")
    write_findings(browsed.folder, [Finding("page-error", "start", "basket is not defined", 3)])
    blame = blame_by(LOAN, 0.4, [0.2, 0.1, 0.05])
    return write_report(
        folder / "out", title="Loan", simulated=arms, measured=[Arm("browsed", "Browsed", LOAN, browsed)],
        found={
            "wrong": {"browsed": walked(browsed, folder / "out")},
            "blame": {"before": blame, "after": blame}, "levers": levers_by(middle=0.1, after=0.05),
            "doubts": doubts_of(LOAN)[0],
        },
    ).html  # fmt: skip


def opened(launched: Browser, report: Path, width: int = 1280, scheme: str = "light", **more: object) -> Page:
    page = launched.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=True, **more
    ).new_page()  # type: ignore[arg-type]  # fmt: skip
    page.goto(report.as_uri())
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_with_everything_unfolded(
    launched: Browser, report: Path, scheme: str, violations: Callable[[Page], list[tuple[str, str]]]
) -> None:
    page = opened(launched, report, scheme=scheme)
    assert page.locator("#blame, #doubts, #levers").count() == 3
    assert violations(page) == []
    page.context.close()


def test_nothing_is_wider_than_a_phone_whose_first_screens_decide(launched: Browser, report: Path) -> None:
    page = opened(launched, report, width=390)
    assert page.locator("header").bounding_box()["height"] < 1600  # type: ignore[index]
    assert page.locator(".decides").bounding_box()["y"] < 400  # type: ignore[index]
    rest = page.locator("header .findings")
    assert not rest.is_visible()
    page.get_by_text("What else is said").click()
    assert rest.is_visible()
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.context.close()


def test_it_asks_for_nothing_and_says_everything_without_scripts(launched: Browser, report: Path) -> None:
    asked: list[str] = []
    context = launched.new_context(java_script_enabled=False)
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(report.as_uri())
    assert page.get_by_role("heading", level=1).inner_text().startswith("After raises completion")
    page.get_by_text("Step by step: After").click()
    assert page.get_by_role("cell", name="gave up while acting").first.is_visible()
    assert asked == [report.as_uri()]
    context.close()


def test_with_scripts_tables_sort_and_are_searched_and_the_contents_stay_in_sight(
    launched: Browser, report: Path
) -> None:
    page = opened(launched, report)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.get_by_role("button", name="Unfold everything").click()
    assert page.evaluate("[...document.querySelectorAll('main details')].every(one => one.open)")
    table = page.locator("#parameters table")
    rows = table.locator("tbody tr")
    many = rows.count()
    page.locator("#parameters").get_by_role("searchbox").fill("service MEAN")
    shown = rows.filter(visible=True)
    assert 0 < shown.count() < many
    assert all("service" in text.lower() and "mean" in text.lower() for text in shown.all_inner_texts())
    page.locator("#parameters").get_by_role("searchbox").fill("")
    before = table.locator("tbody th").all_inner_texts()
    for direction in ("ascending", "descending"):
        table.get_by_role("button", name="Path").click()
        assert table.locator("thead th").first.get_attribute("aria-sort") == direction
    assert table.locator("tbody th").first.inner_text() == max(before, key=str.lower)
    page.locator("#method").get_by_role("button", name="Copy the command").first.click()
    page.get_by_role("button", name="Copy").filter(has_text="Copied").wait_for()
    page.locator("#parameters").scroll_into_view_if_needed()
    assert page.locator("nav").bounding_box()["y"] == 0  # type: ignore[index]
    page.locator("nav a[aria-current]").wait_for()
    assert problems == []
    page.context.close()


def test_a_table_sorts_by_what_its_numbers_are_worth(launched: Browser, tmp_path: Path) -> None:
    values = ("2.9 d", "63 min", "−1,204 ms", "–", "80 s")
    rows = "".join(f"<tr><th>{at}</th><td>{value}<small>0 to 9 d</small></td></tr>" for at, value in enumerate(values))
    script = (Path(__file__).parents[2] / "reports/templates/report.js").read_text(encoding="utf-8")
    head = "<thead><tr><th>Step</th><th>Took</th></tr></thead>"
    page = launched.new_page()
    page.set_content(f"<main><table>{head}<tbody>{rows}</tbody></table></main><script>{script}</script>")
    page.get_by_role("button", name="Took").click()
    assert [text.split("0 to")[0] for text in page.locator("td").all_text_contents()] == [
        "−1,204 ms", "80 s", "63 min", "2.9 d", "–"
    ]  # fmt: skip
    page.close()


def test_it_prints(launched: Browser, report: Path) -> None:
    page = opened(launched, report)
    printed = page.pdf(format="A4")
    page.context.close()
    assert printed.startswith(b"%PDF")
    assert 3 <= printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") + printed.count(b"/Type /Page/") <= 60
