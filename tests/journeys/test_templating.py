from __future__ import annotations

import doctest

import pytest

import journeys.templating
from journeys.errors import InvalidInput
from journeys.templating import names, render, render_all

VALUES = {"full_name": "Ada Byron", "order": "A7", "customer": "17", "sly": "{order}"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nothing to do", "nothing to do"),
        ("", ""),
        ("{full_name}", "Ada Byron"),
        ("/orders/{order}/by/{customer}", "/orders/A7/by/17"),
        ("{order}{order}", "A7A7"),
        ("{{order}}", "{order}"),
        ("{ order }, {}, }{", "{ order }, {}, }{"),
        ("{sly}", "{order}"),
    ],
)
def test_names_in_braces_become_values(text: str, expected: str) -> None:
    assert render(text, VALUES) == expected


def test_nested_json_is_rendered_and_the_rest_stays() -> None:
    body = {"who": "{full_name}", "{order}": [1, 2.5, None, True, ("{order}", {"n": "{customer}"})]}

    assert render_all(body, VALUES) == {
        "who": "Ada Byron",
        "{order}": [1, 2.5, None, True, ["A7", {"n": "17"}]],
    }
    assert body["who"] == "{full_name}"


def test_an_unknown_name_is_one_line_that_lists_the_known_ones() -> None:
    with pytest.raises(InvalidInput) as caught:
        render("/orders/{ordr}", VALUES)

    assert str(caught.value) == (
        "'/orders/{ordr}': nothing is called {ordr}; known: customer, full_name, order, sly; did you mean 'order'?"
    )


def test_without_a_near_miss_the_known_ones_are_listed_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        render("{zzz}", {"order": "A7"})

    assert str(caught.value) == "'{zzz}': nothing is called {zzz}; known: order"


def test_all_unknown_names_of_a_body_are_told_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        render_all({"a": "{x}", "b": ["{y} {z}"]}, {})

    assert [problem.problem for problem in caught.value.problems] == [
        "nothing is called {x}",
        "nothing is called {y}",
        "nothing is called {z}",
    ]


def test_values_are_never_shown_in_an_error() -> None:
    with pytest.raises(InvalidInput) as caught:
        render("{pn}", {"pin": "4321"})

    assert "4321" not in str(caught.value)


def test_names_asked_for_are_told() -> None:
    assert names({"path": "/{order}", "deep": [("{customer}",), {"x": "{{full_name}}"}], "n": 3}) == {
        "order",
        "customer",
    }


def test_examples_hold() -> None:
    assert doctest.testmod(journeys.templating).failed == 0
