"""HAR files (HTTP Archive 1.2), as browsers and proxies write them: read with every secret masked."""

from __future__ import annotations

import base64
import binascii
import json
import zipfile
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from journeys.errors import CannotRead, CannotWrite, InvalidInput, Problem
from journeys.eventlog import write_whole
from journeys.recorded.masking import masked_body, masked_entry, masked_pairs

_INSIDE = ("har.har", "archive.har")
_NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer.

    Parameters
    ----------
    began_s: when, in seconds since 1970. took_s: from sending until the last byte of the answer, without the time to
        look for the server and to connect.
    path, query, body: what was asked; query and body in one order, their secrets masked. kind: of the body.
    status, headers, content, type: the answer, `type` its media type.
    """

    began_s: float
    took_s: float
    method: str
    path: str
    query: str
    body: str
    kind: str
    status: int
    headers: tuple[tuple[str, str], ...]
    content: bytes
    type: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What the same request has again, whatever its body."""
        return self.method, self.path, self.query

    def header(self, name: str) -> str:
        """Return a header of the answer, or nothing."""
        return next((value for header, value in self.headers if header.casefold() == name), "")


@dataclass(frozen=True, slots=True)
class HarRecording:
    """What one site was asked and answered; `elsewhere` counts requests of other sites by their origin."""

    origin: str
    title: str
    exchanges: tuple[Exchange, ...]
    elsewhere: Mapping[str, int]


def read_har(path: Path, origin: str = "") -> HarRecording:
    """Read what one site answered: that of the first page, unless another is named.

    A zip of Playwright's is read as well. Raises CannotRead, or InvalidInput where it has nothing of the site.
    """
    log, folder = _log(path)
    read = (_exchange(masked_entry(entry), folder, path) for entry in log.get("entries", ()) if _is_answered(entry))
    entries = sorted(((site, one) for site, one in read if one is not None), key=lambda pair: pair[1].began_s)
    sites = Counter(site for site, _ in entries)
    pages = [site for site, one in entries if one.type == "text/html"]
    chosen = origin.rstrip("/") or next(iter(pages), next(iter(sites), ""))
    if chosen not in sites:
        allowed = ", ".join(sites) or "a HAR file with answers in it"
        raise InvalidInput([Problem(str(path), "has no answer of that site", chosen, allowed)])
    title = next((str(page.get("title", "")) for page in log.get("pages", ())), "")
    elsewhere = {site: count for site, count in sites.items() if site != chosen}
    return HarRecording(chosen, title, tuple(one for site, one in entries if site == chosen), elsewhere)


def mask_file(path: Path, also: Collection[str] = ()) -> None:
    """Mask the secrets of a HAR file where it is, and what is called as in `also`; raises CannotRead or CannotWrite."""
    log, _ = _log(path)
    log["entries"] = [masked_entry(entry, also) for entry in log.get("entries", ())]
    try:
        write_whole(path, json.dumps({"log": log}, indent=1).encode())
    except OSError as error:
        raise CannotWrite(f"{path}: cannot be written ({error.strerror})") from error


def _log(path: Path) -> tuple[dict[str, Any], Path | zipfile.ZipFile]:
    """Return what the file holds, and where the contents lie that it keeps beside itself."""
    try:
        if zipfile.is_zipfile(path):
            archive = zipfile.ZipFile(path)
            inside = next((name for name in archive.namelist() if name in _INSIDE or name.endswith(".har")), "")
            return dict(json.loads(archive.read(inside))["log"]), archive
        return dict(json.loads(path.read_text(encoding="utf-8-sig"))["log"]), path.parent
    except OSError as error:
        raise CannotRead(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError) as error:
        raise CannotRead(f"{path}: is no HAR file ({error}); a JSON file with a log of entries") from error


def _is_answered(entry: Mapping[str, Any]) -> bool:
    scheme = urlsplit(entry.get("request", {}).get("url", "")).scheme
    status = entry.get("response", {}).get("status", 0)
    return scheme in ("http", "https") and status >= 100 and status != _NOT_MODIFIED


def _exchange(entry: Mapping[str, Any], beside: Path | zipfile.ZipFile, path: Path) -> tuple[str, Exchange | None]:
    request, response = entry["request"], entry["response"]
    parts = urlsplit(request["url"])
    posted = request.get("postData") or {}
    content = response.get("content") or {}
    try:
        began_s = datetime.fromisoformat(entry["startedDateTime"]).timestamp()
        made = Exchange(
            began_s=began_s,
            took_s=_took_s(entry),
            method=request["method"].upper(),
            path=parts.path or "/",
            query=masked_pairs(parts.query),
            body=masked_body(posted.get("text") or "", posted.get("mimeType") or ""),
            kind=(posted.get("mimeType") or "").partition(";")[0],
            status=int(response["status"]),
            headers=tuple((header["name"], header["value"]) for header in response.get("headers", ())),
            content=_content(content, beside),
            type=(content.get("mimeType") or "").partition(";")[0].strip(),
        )
    except (OSError, KeyError, ValueError, TypeError, binascii.Error) as error:
        raise CannotRead(f"{path}: {request.get('url')}: is no entry of a HAR file ({error})") from error
    return f"{parts.scheme}://{parts.netloc}", made


def _took_s(entry: Mapping[str, Any]) -> float:
    timings = entry.get("timings") or {}
    known = [float(timings[name]) for name in ("send", "wait", "receive") if float(timings.get(name) or -1) >= 0]
    return (sum(known) if known else max(0.0, float(entry.get("time") or 0.0))) / 1000


def _content(content: Mapping[str, Any], beside: Path | zipfile.ZipFile) -> bytes:
    if name := content.get("_file"):
        plain = Path(str(name)).name  # beside the file itself, and nowhere else
        return beside.read(plain) if isinstance(beside, zipfile.ZipFile) else (beside / plain).read_bytes()
    text = content.get("text") or ""
    return base64.b64decode(text) if content.get("encoding") == "base64" else text.encode()
