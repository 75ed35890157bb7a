"""One customer's HTTP session: kept connections, cookies, and a note of every answer that nobody expected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from journeys.clients.session import Answer, Call

if TYPE_CHECKING:
    import requests

CONNECT_S = 10.0
LONGEST_S = 600.0
TRIES = 3
_SERVER_ERROR = 500
Met = Callable[[str, str, str], None]
"""Takes what was met: the name of the request, what it was, and the start of the answer."""


class GivenUp(Exception):
    """The customer is followed no further; carries why."""


class Threaded:
    """A session that blocks its own thread.

    Parameters
    ----------
    target: the address below which paths are. headers: sent with every request.
    clock: seconds of the run. goes_on: raises GivenUp where the customer is not to be followed any further, and returns
        the seconds left otherwise. met: is told of each answer of 500 or more.
    repeats: whether each POST that carries an idempotency key is sent twice; what differs is told to `doubled`.
    """

    def __init__(
        self,
        target: str,
        headers: Mapping[str, str],
        *,
        clock: Callable[[], float],
        goes_on: Callable[[], float],
        met: Met,
        doubled: Met | None = None,
    ) -> None:
        import requests

        self._target, self._clock, self._goes_on, self._met, self._doubled = target, clock, goes_on, met, doubled
        self._session: requests.Session = requests.Session()
        self._session.trust_env = False  # neither a proxy nor passwords of this machine are the customer's
        self._session.headers.update(headers)

    def send(self, call: Call) -> Answer:
        """Send one request and wait for its answer."""
        answer = self._send(call)
        if answer.status >= _SERVER_ERROR and answer.status not in call.expect and not _is_of_the_step(answer):
            self._met(f"{call.method} {call.name}", str(answer.status), answer.body[:200].decode(errors="replace"))
        if self._doubled is not None and call.key and call.method == "POST" and answer.status in call.expect:
            for _ in range(TRIES):  # one that the server fails at tells nothing
                again = self._send(call)
                if again.status < _SERVER_ERROR:
                    break
            if again.status in call.expect and (differs := _different(answer.json(), again.json())):
                told = "sent twice with one idempotency key, it was done twice"
                self._doubled(f"{call.method} {call.name}", told, differs)
        return answer

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _send(self, call: Call) -> Answer:
        import requests

        left_s = min(call.timeout_s, self._goes_on(), LONGEST_S)
        headers, content = call.content()
        sent_s = self._clock()
        try:
            response = self._session.request(
                call.method,
                self._target + call.path,
                data=content,
                headers=headers,
                allow_redirects=call.follows,
                timeout=(min(CONNECT_S, left_s), left_s),
            )
        except requests.Timeout:
            self._goes_on()
            return Answer(0, b"", "no answer in time", True, sent_s, self._clock())
        except (requests.RequestException, OSError) as error:
            return Answer(0, b"", _reason(error), False, sent_s, self._clock())
        return Answer(response.status_code, response.content, "", False, sent_s, self._clock())


def _is_of_the_step(answer: Answer) -> bool:
    """Tell whether a mocked back end says by its status what came of a step: the blueprint's own failures."""
    told = answer.json()
    return isinstance(told, dict) and "outcome" in told and "case" in told


def _different(one: Any, other: Any) -> str:
    """Return which identifying member differs between two answers, or nothing: times and counts may."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return ""
    for name, value in one.items():
        is_id = name.lower() in ("id", "case", "number", "reference", "order") or name.lower().endswith(("_id", "id"))
        if is_id and isinstance(value, (str, int)) and name in other and other[name] != value:
            return f"{name} {value}, then {other[name]}"
    return ""


def _reason(error: BaseException) -> str:
    """Return why no answer came, in a few words that are the same each time."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, OSError) and inner.strerror:
            return inner.strerror.lower()
        reason = getattr(inner.args[0], "reason", None) if inner.args else None
        inner = reason if isinstance(reason, BaseException) else inner.__cause__ or inner.__context__
    said = str(error)
    return "connection closed before the answer" if "aborted" in said else said.partition("\n")[0][:200]
