"""What in a recorded exchange is a secret; it is masked the same way each time, so that requests still match."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

MASK = "***"
MASKED_COOKIE = "masked"  # a cookie that a page looks for is still there
_WORDS = frozenset((
    "password", "passwd", "pwd", "pass", "passphrase", "passcode", "secret", "token", "csrf", "xsrf", "auth",
    "authorization", "session", "sessionid", "sid", "jwt", "cvv", "cvc", "cvc2", "csc", "iban", "pin", "otp", "card",
    "cardnumber", "credential", "credentials", "apikey", "signature",
))  # fmt: skip
_HEADERS = frozenset(("authorization", "proxy-authorization", "cookie"))
_FORM = "application/x-www-form-urlencoded"


def is_secret(name: str) -> bool:
    """Tell whether what is called so is nobody's business.

    >>> is_secret("user[newPassword]"), is_secret("x-api-key"), is_secret("author"), is_secret("csrf_token")
    (True, True, False, True)
    """
    words = [word.casefold() for word in re.findall(r"[A-Z]?[a-z]+\d?|[A-Z]+(?![a-z])", name)]
    return bool(_WORDS.intersection(words)) or ("api", "key") in itertools.pairwise(words)


def masked_json(value: Any, also: Collection[str] = ()) -> Any:
    """Return a JSON value in which every text or number under a secret name (or one of `also`) is masked.

    >>> masked_json({"user": "ada", "login": [{"password": "x", "pin": None}]})
    {'user': 'ada', 'login': [{'password': '***', 'pin': None}]}
    """
    if isinstance(value, Mapping):
        return {
            name: MASK
            if (is_secret(name) or name in also) and isinstance(item, (str, int, float))
            else masked_json(item, also)
            for name, item in value.items()
        }
    return [masked_json(item, also) for item in value] if isinstance(value, list) else value


def masked_pairs(text: str, also: Collection[str] = ()) -> str:
    """Return a query, or the body of a form, with its secrets masked (and what is called as in `also`), by name.

    >>> masked_pairs("name=Ada&card=4000&a=")
    'a=&card=%2A%2A%2A&name=Ada'
    """
    pairs = parse_qsl(text, keep_blank_values=True)
    return urlencode(
        sorted((name, MASK if (is_secret(name) or name in also) and value else value) for name, value in pairs)
    )


def masked_url(url: str, also: Collection[str] = ()) -> str:
    """Return an address without a user and a password, and with the secrets of its query masked, as `masked_pairs`."""
    parts = urlsplit(url)
    names = [name for name, _ in parse_qsl(parts.query)]
    query = masked_pairs(parts.query, also) if any(is_secret(name) or name in also for name in names) else parts.query
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=query))


def masked_body(text: str, kind: str, also: Collection[str] = ()) -> str:
    """Return a body in which secrets are masked: JSON and forms in one order of their own, others as they are.

    A form with files is not kept: what somebody attached is theirs.
    """
    kind = kind.partition(";")[0].strip().casefold()
    if kind == _FORM:
        return masked_pairs(text, also)
    if kind.startswith("multipart/"):
        return ""
    try:
        return json.dumps(masked_json(json.loads(text), also), sort_keys=True) if "json" in kind else text
    except ValueError:
        return text


def masked_header(name: str, value: str, also: Collection[str] = ()) -> str:
    """Return the value of a header, of which a cookie's name and attributes stay."""
    name = name.casefold()
    if name == "set-cookie":
        cookies = (line.partition("=") for line in value.split("\n"))
        return "\n".join(f"{cookie}={MASKED_COOKIE}{_attributes(rest)}" for cookie, _, rest in cookies)
    if name in _HEADERS or is_secret(name):
        return MASK
    return masked_url(value, also) if name in ("location", "referer") else value


def masked_entry(entry: dict[str, Any], also: Collection[str] = ()) -> dict[str, Any]:
    """Return an entry of a HAR file with its secrets masked, and what is called as in `also`."""
    request, response = dict(entry["request"]), dict(entry["response"])
    request["url"] = masked_url(request["url"], also)
    request["queryString"] = _masked_values(request.get("queryString"), also)
    content = dict(response.get("content") or {})
    if content.get("text") and content.get("encoding") != "base64" and "json" in str(content.get("mimeType", "")):
        content["text"] = masked_body(content["text"], content["mimeType"], also)
    response["content"] = content
    for side in (request, response):
        side["cookies"] = [{**cookie, "value": MASKED_COOKIE} for cookie in side.get("cookies") or ()]
        side["headers"] = [
            {**header, "value": masked_header(header["name"], header["value"], also)}
            for header in side.get("headers") or ()
        ]
    if response.get("redirectURL"):
        response["redirectURL"] = masked_url(response["redirectURL"], also)
    if posted := request.get("postData"):
        text = masked_body(posted.get("text") or "", posted.get("mimeType") or "", also)
        request["postData"] = {**posted, "text": text, "params": _masked_values(posted.get("params"), also)}
    return {**entry, "request": request, "response": response}


def _masked_values(pairs: Any, also: Collection[str]) -> list[dict[str, Any]]:
    return [
        {**pair, "value": MASK} if is_secret(str(pair.get("name"))) or pair.get("name") in also else dict(pair)
        for pair in pairs or ()
    ]


def _attributes(rest: str) -> str:
    _, separator, attributes = rest.partition(";")
    return separator + attributes
