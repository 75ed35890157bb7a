"""Finding journeys: in a user's own file, or by the name under which a package registered one."""

from __future__ import annotations

import os
import sys
import types
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from journeys import loading
from journeys.errors import InvalidInput
from journeys.loading import load, registered

MINE = """
from dataclasses import dataclass
from journeys import Journey, Poisson, Step, per_day

@dataclass(frozen=True, slots=True)
class Own:
    name: str = "shop"

journey = Journey(name=Own().name, arrivals=Poisson(per_day(10)), steps=(Step(name="pay", lane="customer"),))
"""


def written(tmp_path: Path, text: str, name: str = "my-shop.py") -> Path:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return file


def refusal(reference: object) -> str:
    with pytest.raises(InvalidInput) as refused:
        load(str(reference))
    assert len(str(refused.value).splitlines()) == len(refused.value.problems)
    return str(refused.value)


def test_a_users_own_file_is_loaded(tmp_path: Path):
    assert load(str(written(tmp_path, MINE))).name == "shop"


def test_a_file_is_read_again_though_it_was_changed_within_a_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    for name in ("shop", "shed"):  # as long as each other
        file = written(tmp_path, MINE.replace('"shop"', f'"{name}"'))
        os.utime(file, (1_000_000_000, 1_000_000_000))
        assert load(str(file)).name == name
    assert [path.name for path in tmp_path.iterdir()] == ["my-shop.py"]  # and nothing is left beside it


def test_a_relative_path_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    written(tmp_path, MINE)
    monkeypatch.chdir(tmp_path)
    assert load("my-shop.py").name == "shop"
    assert load("./my-shop.py").name == "shop"


def test_a_syntax_error_names_file_and_line(tmp_path: Path):
    file = written(tmp_path, "x = 1\ny = (\nz = 3 +\n")
    assert refusal(file).startswith(f"{file}:2: SyntaxError: '(' was never closed")


@pytest.mark.parametrize("relative", [False, True])
def test_an_error_names_the_users_own_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, relative: bool):
    file = written(
        tmp_path, "from journeys import Step\n\ndef make():\n    return Step(nam='pay')\n\njourney = make()\n"
    )
    monkeypatch.chdir(tmp_path)
    reference = "./my-shop.py" if relative else str(file)
    assert refusal(reference).startswith(f"{Path(reference)}:4: TypeError: ")


def test_an_error_of_several_lines_is_told_in_one(tmp_path: Path):
    file = written(tmp_path, "raise ValueError('one\\ntwo')\n")
    assert refusal(file) == f"{file}:1: ValueError: one two"


def test_a_syntax_error_elsewhere_is_not_blamed_on_a_line_of_this_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    written(tmp_path, "\n\n\n\nx = (\n", "broken_neighbour.py")
    monkeypatch.syspath_prepend(str(tmp_path))
    file = written(tmp_path, "import broken_neighbour\n")
    assert refusal(file).startswith(f"{file}:1: SyntaxError")


def test_every_problem_of_the_journey_is_told(tmp_path: Path):
    wrong = MINE.replace('lane="customer"', 'lane="customer", abandon=2.0, station="desk"')
    assert refusal(written(tmp_path, wrong)).splitlines() == [
        "shop.steps.pay.station: there is no 'desk'; known: none",
        "shop.steps.pay.abandon: must be a probability (got 2); 0 to 1",
    ]


def test_a_bare_number_is_told_with_its_path(tmp_path: Path):
    wrong = MINE.replace('lane="customer"', 'lane="customer", think=5')
    assert refusal(written(tmp_path, wrong)).startswith(
        "shop.steps.pay.think: is of another type (got 5); a distribution"
    )


@pytest.mark.parametrize(("text", "got"), [("x = 1\n", ""), ("journey = 'shop'\n", " (got str)")])
def test_a_file_without_a_journey(tmp_path: Path, text: str, got: str):
    file = written(tmp_path, text)
    assert refusal(file) == f"{file}: holds no journey{got}; a variable named 'journey' = Journey(...)"


def test_no_such_file(tmp_path: Path):
    assert refusal(tmp_path / "none.py").endswith(
        "none.py: no such file; a Python file with a variable named 'journey'"
    )
    assert "no such file" in refusal(f"{tmp_path}/")
    (tmp_path / "checkout.py").touch()
    assert refusal(tmp_path / "chekout.py").endswith("chekout.py: no such file; did you mean 'checkout.py'?")


def test_a_registered_journey_is_found_and_a_near_miss_suggested():
    assert "loan-application" in registered()
    assert load("loan-application").name == "loan-application"
    assert refusal("loan-aplication") == (
        "loan-aplication: no such journey; did you mean 'loan-application'?; or give a file, ./mine.py"
    )


def test_a_registered_journey_that_cannot_be_used_is_one_line(monkeypatch: pytest.MonkeyPatch):
    module = types.ModuleType("somebodys_shop")
    module.journey = "no journey"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "somebodys_shop", module)
    points = {
        name: EntryPoint(name, f"somebodys_shop:{attribute}", loading.GROUP)
        for name, attribute in (("wrong", "journey"), ("gone", "nothing"))
    }
    monkeypatch.setattr(loading, "registered", lambda: points)
    assert refusal("wrong") == "wrong: is registered, but is no Journey (got str)"
    assert refusal("gone").startswith("gone: cannot be imported: AttributeError")
