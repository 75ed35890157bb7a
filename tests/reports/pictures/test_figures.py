"""Pictures: the same bytes for the same input, nothing lost, nothing laid over another."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from pathlib import Path

import pytest

from journeys import Batch, Exponential, Fork, Journey, Poisson, Route, Step, Wait, days, hours, minutes, per_day
from journeys.blueprint import LANES
from journeys.errors import CannotWrite, InvalidInput
from reports.blueprints.figure import alt_text, blueprint_figure, draw_blueprint
from reports.blueprints.layout import BOX_H, BOX_W, lay_out
from reports.blueprints.texts import notes, resolved, ways
from reports.pictures.drawing import Picture, canvas, inline, save, svg_text
from tests.reports.synthetic import LOAN


def long_journey(count: int) -> Journey:
    """Return a journey through all lanes, with a loop back to the second step and a shortcut to the last."""
    names = [f"step{index}" for index in range(count)]
    steps = [
        Step(
            name=name, lane=LANES[index % 4], title=f"Do the thing number {index}", service=Exponential(minutes(3)),
            awaits="outcome" if index % 4 else "",
        )
        for index, name in enumerate(names)
    ]  # fmt: skip
    steps[-2] = replace(steps[-2], routes=(Route(names[1], 0.3), Route("denied", 0.1), Route(names[-1])))
    steps[0] = replace(steps[0], routes=(Route(names[-1], 0.2), Route(names[1])))
    return Journey(name="long", arrivals=Poisson(per_day(9)), steps=tuple(steps), waits=(Wait(name="outcome"),))


@pytest.mark.parametrize("count", [4, 8, 9, 15, 20])
def test_every_step_has_its_place_in_its_lane_and_none_overlap(count: int) -> None:
    journey = long_journey(count)
    layout = lay_out(journey)
    boxes = {name: place for stave in layout.staves for name, place in stave.boxes.items()}
    assert list(layout.numbers.values()) == list(range(1, count + 1))
    assert set(boxes) == {step.name for step in journey.steps}
    for (x, y), (other_x, other_y) in itertools.combinations(boxes.values(), 2):
        assert abs(x - other_x) >= BOX_W or abs(y - other_y) >= BOX_H
    for stave in layout.staves:
        assert len(stave.steps) <= 8
        for step in stave.steps:
            top = stave.tops[step.lane]
            assert top <= boxes[step.name][1] <= boxes[step.name][1] + BOX_H <= top + stave.heights[step.lane]
    text = svg_text(blueprint_figure(journey))
    assert all(f">{index} Do the thing" in text for index in range(1, count + 1))


def test_a_way_back_is_drawn_back_and_a_way_to_another_stave_is_written() -> None:
    back = [arrow for arrow in lay_out(long_journey(6)).arrows if arrow.back]
    assert [arrow.label for arrow in back] == ["30%"]
    assert back[0].points[0][0] > back[0].points[-1][0]
    journey = long_journey(20)
    layout = lay_out(journey)
    elsewhere = {step.name: str(layout.numbers[step.name]) for step in journey.steps[7:]}
    assert ("→ 20% to 20", "elsewhere") in notes(journey, journey.steps[0], elsewhere)


def test_steps_not_in_use_are_passed_over_by_the_arrows() -> None:
    journey = long_journey(5)
    unused = replace(journey.steps[1], skip=1.0)
    journey = replace(journey, steps=(journey.steps[0], unused, *journey.steps[2:]))
    assert resolved(journey, "step1") == "step2"
    assert ways(journey, journey.steps[0]) == [("step4", "20%"), ("step2", "80%")]
    assert ways(journey, unused) == []


def test_parallel_branches_are_drawn_and_told() -> None:
    steps = (
        Step(name="receive", lane="backstage", fork=Fork(("identity", "credit"), "decide", 1)),
        Step(name="identity", lane="backstage"),
        Step(name="credit", lane="support"),
        Step(name="decide", lane="backstage"),
    )
    journey = Journey(name="forked", arrivals=Poisson(per_day(9)), steps=steps)
    assert ways(journey, steps[0]) == [("identity", ""), ("credit", "")]
    assert [ways(journey, step) for step in steps[1:3]] == [[("decide", "")]] * 2
    assert " ".join(text for text, _ in notes(journey, steps[0], {})) == "⇉ parallel: 1 of 2 are enough for Decide"
    every = replace(steps[0], fork=Fork(("identity", "credit"), "decide"))
    assert " ".join(text for text, _ in notes(journey, every, {})) == "⇉ parallel, all before Decide"
    assert len(lay_out(journey).arrows) == 4


def test_the_same_journey_gives_the_same_bytes(tmp_path: Path) -> None:
    for suffix in (".svg", ".png"):
        first = draw_blueprint(LOAN, tmp_path / f"a{suffix}").read_bytes()
        assert draw_blueprint(LOAN, tmp_path / f"b{suffix}").read_bytes() == first
    text = (tmp_path / "a.svg").read_text()
    assert not re.search(r"<dc:date>|20\d\d-\d\d-\d\d", text)


def test_words_of_the_blueprint_are_text_in_the_svg() -> None:
    text = svg_text(blueprint_figure(LOAN))
    told = ("line of visibility", "↓ 10% give up", "↓ 20% denied", "1 in 10 gives up within 23 h", "Where is it?")
    for words in (*told, "desk · 2 people", "portal"):
        assert words in text
    assert "Where is it?" in alt_text(LOAN)


def test_batches_and_partial_skips_are_told() -> None:
    step = replace(LOAN.step("intake"), batch=Batch(every=hours(24)), skip=0.25)
    journey = replace(LOAN, steps=tuple(step if one.name == "intake" else one for one in LOAN.steps))
    text = svg_text(blueprint_figure(journey))
    assert "taken up every 1 d" in text
    assert "25% skip it" in text
    assert days(1) == hours(24)


def test_other_formats_are_refused_before_anything_is_drawn(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"no such picture format \(got \.gif\); a file ending in \.svg"):
        draw_blueprint(LOAN, tmp_path / "loan.gif")
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="choose another with --out"):
        draw_blueprint(LOAN, tmp_path / "file" / "loan.svg")


def test_pictures_in_a_page_have_a_name_ids_of_their_own_and_the_pages_colours() -> None:
    text = inline(Picture("loan", "Loan", 'A "loan" & more', svg_text(blueprint_figure(LOAN))))
    assert text.startswith('<svg role="img" aria-label="A &quot;loan&quot; &amp; more"')
    assert not re.search(r'\bid="(?!loan-)', text)
    assert "var(--ink)" in text
    assert "#1c2733" not in text
    assert "<metadata" not in text


def test_a_picture_is_cut_to_what_is_drawn() -> None:
    figure, axes = canvas(3.0, 1.0)
    axes.set_position((0.0, 0.0, 1.0, 1.0))
    axes.text(1.2, 0.5, "far to the right", transform=axes.transAxes, va="center")
    axes.text(0.5, -0.5, "below", transform=axes.transAxes, rotation=90, va="top")
    axes.plot([-0.25, 0.5], [0.5, 0.5], transform=axes.transAxes, clip_on=False)
    left, top, width, height = map(float, re.search(r'viewBox="([^"]+)"', svg_text(figure))[1].split())  # type: ignore[index]
    by_matplotlib = figure.get_tightbbox().extents * 72
    assert (left, top) == pytest.approx((by_matplotlib[0] - 3, 72 - by_matplotlib[3] - 3), abs=4)
    assert (left + width, top + height) == pytest.approx((by_matplotlib[2] + 3, 72 - by_matplotlib[1] + 3), abs=4)
    assert left < -0.25 * 3 * 72
    assert left + width > 1.2 * 3 * 72 + 60


def test_a_figure_that_was_drawn_can_be_saved_and_drawn_again(tmp_path: Path) -> None:
    figure = blueprint_figure(long_journey(6))
    first = svg_text(figure)
    assert save(figure, tmp_path / "figure.png").stat().st_size > 10_000
    assert svg_text(figure) == first
