"""What a step does on a running application: page actions for a browser, HTTP requests for load.

Texts may hold ``{fact}`` (the customer's own value), ``{kept}`` (a value kept from an earlier response or page) and
``{customer}`` (the customer's number). Pages are driven as a person would: by role, label and visible text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from journeys.durations import Duration


@dataclass(frozen=True, slots=True)
class Fill:
    """Type `value` into the field labelled `label`."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Choose:
    """Choose the option `value` of the list or radio group labelled `label`."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Check:
    """Tick the box labelled `label`."""

    label: str


@dataclass(frozen=True, slots=True)
class Attach:
    """Attach a small generated file, called `filename`, to the file field labelled `label`."""

    label: str
    filename: str = "document.pdf"


@dataclass(frozen=True, slots=True)
class Press:
    """Press the button, or follow the link, named `name`; or what else has a `role` and can be pressed.

    `within`: of several called so, the one in the row, card or other part of the page that has this text.
    """

    name: str
    role: Literal["button", "link", "tab", "menuitem", "option", "switch", "checkbox", "radio", "treeitem"] = "button"
    within: str = ""


@dataclass(frozen=True, slots=True)
class See:
    """Wait until `text` is visible; fail after `within`."""

    text: str
    within: Duration = Duration(10.0)


@dataclass(frozen=True, slots=True)
class Keep:
    """Keep what the element of `role` named `name` shows, as ``{as_}`` for later actions."""

    role: str
    name: str
    as_: str


@dataclass(frozen=True, slots=True)
class Verify:
    """Check that a page tells the truth: the element of `role` named `name` shows what the back end holds.

    That is the JSON member `member` of the answer to `request`, which is sent with the customer's own cookies. A
    difference is a finding (*status*), and no failure of the step: a customer would not notice.

    >>> Verify("status", "State of the order", get("/api/orders/{order}"), "state").member
    'state'
    """

    role: str
    name: str
    request: Request
    member: str


PageAction = Fill | Choose | Check | Attach | Press | See | Keep | Verify


@dataclass(frozen=True, slots=True)
class Page:
    """Page actions of one step: open `path` (empty to stay on the page), then do `actions` in order."""

    path: str = ""
    actions: tuple[PageAction, ...] = ()


def page(path: str, *actions: PageAction) -> Page:
    """Return a page's actions, written in one line.

    >>> page("/apply", Fill("Full name", "{full_name}"), Press("Continue")).path
    '/apply'
    """
    return Page(path, actions)


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request of a step.

    Parameters
    ----------
    method, path: path starts with "/" and is joined to the target.
    json, form: the body; at most one of them. Texts inside are templates.
    expect: the status that means success.
    keep: names to keep from the response, as ``{"order": "id"}``: the JSON member ``id`` (dots go deeper) is kept as
        ``{order}``.
    idempotent: the request may be repeated after a lost answer; a POST then carries an idempotency key.
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    json: Mapping[str, Any] | None = None
    form: Mapping[str, str] | None = None
    expect: int = 200
    keep: Mapping[str, str] = field(default_factory=dict)
    idempotent: bool = True


def get(path: str, **options: Any) -> Request:
    """Return a GET request; options as of `Request`."""
    return Request("GET", path, **options)


def post(path: str, **options: Any) -> Request:
    """Return a POST request; options as of `Request`."""
    return Request("POST", path, **options)


Action = Fill | Choose | Check | Attach | Press | See | Keep | Verify | Request
