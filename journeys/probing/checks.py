"""What the probe looks for in answers: scripts that run, queries that break, flags that miss, secrets that show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote

from journeys.evidence import Evidence, Verdict
from journeys.probing.asking import Asker, Exchange, Visit
from journeys.probing.visitors import Visitor

SCRIPT = "jw<script>jw()</script>{{7*191}}"
QUOTES = "jw' OR '1'='1' --"
_RAW, _EVALUATED = "<script>jw()</script>", "jw&lt;script&gt;jw()&lt;/script&gt;1337"
_DATABASE = re.compile(
    r"sqlite3?\.\w*Error|OperationalError|SQL syntax|syntax error at or near|unterminated quoted|ORA-\d{5}|psycopg"
    r"|SQLSTATE|unrecognized token", re.IGNORECASE,
)  # fmt: skip
_TRACE = re.compile(
    r"Traceback \(most recent call last\)|^\s+at [\w.$]+\([\w]+\.java:\d+\)|Werkzeug Debugger", re.MULTILINE
)
_PASSWD = re.compile(r"^root:[^:]*:0:0:", re.MULTILINE)
_SECRETS: Mapping[str, re.Pattern[str]] = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a cloud key": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "a database's password": re.compile(r"\b(?:postgres(?:ql)?|mysql|mongodb)://[^\s:/@]+:[^\s@]+@"),
    "a token": re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),
    "a password": re.compile(
        r"""["']?(?:password|passwd|api_key|secret_key)["']?\s*[:=]\s*["'][^"'\s]{6,}["']""", re.I
    ),
}
FOREIGN = "https://elsewhere.invalid"
DOORS: Mapping[str, Verdict] = {
    "/.env": "broken", "/.git/HEAD": "broken", "/debug": "broken", "/server-status": "broken",
    "/actuator/env": "broken", "/admin": "broken", "/metrics": "weak", "/openapi.json": "weak",
}  # fmt: skip


def typed_in(
    asker: Asker, scripted: Visitor, quoted: Visitor, calm: Visitor, pages: Sequence[str]
) -> Iterator[Evidence]:
    """Yield what became of a script and of quotes that visitors typed in, or put into addresses."""
    anybody = Visit(asker, {})
    reflected = [anybody.get(f"{path}?q={quote(SCRIPT)}&name={quote(SCRIPT)}") for path in pages]
    reflected += [anybody.get(f"/{quote(SCRIPT)}"), *(anybody.get(f"{path}/{quote(SCRIPT)}") for path in pages[:1])]
    shown = [*scripted.exchanges, *reflected]
    ran = [one for one in shown if one.is_page and (_RAW in one.body or _EVALUATED in one.body)]
    yield from _each("script", ran, "a script that was typed in stands in the page as a script")
    pages_seen = sum(one.is_page for one in shown)
    if not ran:
        held: Verdict = "held" if pages_seen else "not measured"
        yield Evidence("secure", "script", "", verdict=held, detail=f"{pages_seen} pages after a script was typed in")
    asked = [anybody.get(f"{path}{quote(f'/{QUOTES}', safe='/')}") for path in pages[:2]]
    asked += [anybody.get(f"{path}/..%2f..%2f..%2f..%2fetc%2fpasswd") for path in pages[:2]]
    answers = [*quoted.exchanges, *asked]
    wrong = [one for one in answers if _DATABASE.search(one.body) or _PASSWD.search(one.body)]
    failed = [one for one in answers if one.status >= 500 and one not in wrong]
    was_well = all(one.status < 500 for one in calm.exchanges)
    yield from _each("query", wrong, "what was typed in became part of a query or a path")
    if failed and was_well:
        yield from _each("query", failed, "fails where quotes are typed in", "weak")
    elif not wrong:
        yield Evidence(
            "secure", "query", "", verdict="held", detail=f"{len(answers)} answers after quotes were typed in"
        )


def cookies(exchanges: Iterable[Exchange], tls: bool) -> Iterator[Evidence]:
    """Yield what each cookie lacks."""
    seen: dict[str, tuple[str, str]] = {}
    for exchange in exchanges:
        for text in exchange.cookies:
            seen.setdefault(text.partition("=")[0].strip(), (exchange.path, text))
    if not seen:
        yield Evidence("secure", "cookies", "", verdict="not measured", detail="no answer sets a cookie")
    for name, (path, text) in seen.items():
        jar: SimpleCookie = SimpleCookie()
        try:
            jar.load(text)
        except CookieError:
            continue
        morsel = jar.get(name)
        lacks = [] if morsel is None else [flag for flag, is_set in (
            ("HttpOnly", morsel["httponly"]), ("SameSite", morsel["samesite"]), ("Secure", morsel["secure"] or not tls),
        ) if not is_set]  # fmt: skip
        serious = {"HttpOnly", "Secure"} & set(lacks)
        verdict: Verdict = "broken" if serious else "weak" if lacks else "held"
        detail = f"cookie {name} without {', '.join(lacks)}" if lacks else f"cookie {name} has its flags"
        yield Evidence("secure", "cookies", path, verdict=verdict, detail=detail)


def headers(exchanges: Iterable[Exchange], own: Mapping[str, str]) -> Iterator[Evidence]:
    """Yield which headers pages lack that keep browsers from being used against their customers."""
    pages = [one for one in exchanges if one.is_page]
    if not pages:
        yield Evidence("secure", "headers", "", verdict="not measured", detail="no answer is a page")
        return
    lacks: dict[str, str] = {}
    for page in pages:
        policy = page.headers.get("content-security-policy", "")
        if "script-src" not in policy and "default-src" not in policy:
            lacks.setdefault("a content security policy for scripts", page.path)
        if "x-frame-options" not in page.headers and "frame-ancestors" not in policy:
            lacks.setdefault("protection from being framed", page.path)
        if page.headers.get("x-content-type-options", "").lower() != "nosniff":
            lacks.setdefault("X-Content-Type-Options: nosniff", page.path)
        kept = not {"no-store", "private"} & set(page.headers.get("cache-control", "").replace(" ", "").split(","))
        if kept and any(value in page.body for value in own.values()):
            lacks.setdefault("Cache-Control for a customer's data", page.path)
    for what, where in lacks.items():
        yield Evidence("secure", "headers", where, verdict="weak", detail=f"pages come without {what}")
    if not lacks:
        yield Evidence("secure", "headers", "", verdict="held", detail=f"{len(pages)} pages have theirs")


def secrets(exchanges: Sequence[Exchange], hidden: Mapping[str, str]) -> Iterator[Evidence]:
    """Yield secrets that answers show: a customer's own (`hidden`, by fact), and the back end's."""
    found: dict[tuple[str, str], None] = {}
    for exchange in exchanges:
        for name, value in hidden.items():
            if value in exchange.body:
                found.setdefault((exchange.path, f"shows the secret {name}"))
        for what, pattern in _SECRETS.items():
            if pattern.search(exchange.body):
                found.setdefault((exchange.path, f"shows what looks like {what}"))
    for path, detail in found:
        yield Evidence("secure", "secrets", path, verdict="broken", detail=detail)
    if not found:
        yield Evidence("secure", "secrets", "", verdict="held", detail=f"{len(exchanges)} answers looked through")


def transport(asker: Asker, exchanges: Sequence[Exchange], loopback: bool) -> Iterator[Evidence]:
    """Yield whether what customers send can be read on its way."""
    verdict: Verdict = "held"
    detail = "HTTPS, and browsers are told to stay with it"
    if not asker.target.tls:
        verdict, detail = "broken", "plain HTTP: whoever is on the way reads everything"
        if loopback:
            verdict, detail = "not measured", "on this machine nothing travels; measure it where customers are"
    elif not any("strict-transport-security" in one.headers for one in exchanges):
        verdict, detail = "weak", "HTTPS, without Strict-Transport-Security"
    yield Evidence("secure", "transport", "", verdict=verdict, detail=detail)


def cross_site(asker: Asker, calm: Visitor) -> Iterator[Evidence]:
    """Yield whether another site can act in a customer's name, or read what is theirs."""
    first = next((one for one in calm.exchanges if one.method == "POST"), None)
    if first is None:
        yield Evidence("secure", "cross-site", "", verdict="not measured", detail="nothing is sent by POST")
        return
    foreign = {"Origin": FOREIGN, "Sec-Fetch-Site": "cross-site", "Content-Type": "text/plain"}
    told = asker.ask(calm.visit.session, "POST", first.path, headers=foreign, data=first.sent or "{}")
    allowed = told.headers.get("access-control-allow-origin", "")
    lent = bool(calm.visit.session.cookies)
    shared = allowed == FOREIGN or (
        allowed == "*" and "true" in told.headers.get("access-control-allow-credentials", "")
    )
    verdict: Verdict = "held"
    detail = f"a POST from another site is refused ({told.status})"
    if shared and lent:
        verdict, detail = "broken", f"answers may be read by any site (Access-Control-Allow-Origin: {allowed})"
    elif told.status and told.status < 400:
        verdict = "broken" if lent else "not measured"
        detail = "a POST from another site is taken" + ("" if lent else "; customers have no cookies it could borrow")
    yield Evidence("secure", "cross-site", first.path, verdict=verdict, detail=detail)


def errors(asker: Asker, calm: Visitor) -> Iterator[Evidence]:
    """Yield what is told where something goes wrong."""
    anybody = Visit(asker, {})
    anybody.get("/no-such-page-jw")
    posts = [one for one in calm.exchanges if one.method == "POST"]
    for one in posts[:2]:
        anybody.post(one.path, "{")
    told = anybody.exchanges
    yield from _each("errors", [one for one in told if _TRACE.search(one.body)], "shows the program's own traces")
    failed = [one for one in told if (one.status >= 500 or not one.status) and not _TRACE.search(one.body)]
    yield from _each("errors", failed, "fails, or breaks off, on an address or a body that makes no sense", "weak")
    if not failed and not any(_TRACE.search(one.body) for one in told):
        yield Evidence(
            "secure", "errors", "", verdict="held", detail=f"{len(told)} wrong requests refused in few words"
        )


def doors(asker: Asker) -> Iterator[Evidence]:
    """Yield which addresses are open that are for operators alone."""
    anybody = Visit(asker, {})
    nothing = anybody.get("/no-such-page-jw").status
    open_ = [path for path in DOORS if (told := anybody.get(path)).status == 200 and told.status != nothing]
    for path in open_:
        yield Evidence("secure", "doors", path, verdict=DOORS[path], detail="answers anybody; it is for operators")
    if not open_:
        yield Evidence(
            "secure", "doors", "", verdict="held", detail=f"{len(DOORS)} usual addresses of operators closed"
        )


def _each(measure: str, seen: Sequence[Exchange], detail: str, verdict: Verdict = "broken") -> Iterator[Evidence]:
    for path in list(dict.fromkeys(one.path for one in seen))[:3]:
        yield Evidence("secure", measure, path, verdict=verdict, detail=detail)
