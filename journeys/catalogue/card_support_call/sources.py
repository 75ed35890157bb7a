"""Where the card line's numbers come from: derived from a bank's call log, given by the case, or assumed.

*Derived* figures are in `evidence/figures.toml`, each with its query; `evidence/README.md` says what each cannot mean.
One number is fitted: how many agents of those at work really take calls, so that as many callers as in the log are
answered within 20 seconds. The redesign was not looked at for that.
"""

from journeys import Source

BANK = "call centre of an anonymous bank, January 1999, query"


def _derived(path: str, note: str) -> Source:
    return Source(path, "derived", note)


def _assumed(path: str, note: str) -> Source:
    return Source(path, "assumed", note)


SOURCES = (
    _derived("arrivals.rate", f"{BANK} l1: calls a working day, less those that are made again (l6, l8)"),
    _derived("arrivals.profile", f"{BANK} l2: by hour; the log's Sunday to Thursday stand for Monday to Friday"),
    _derived("steps.menu.think", f"{BANK} l4: time in the voice response unit, which asked for no validation"),
    _assumed("facts.*.effort", "time to key in digits, or to say them and have them typed; 30 s for the validation"),
    _assumed("facts.topic", "four topics, equally often"),
    _assumed("facts.birth_year", "callers aged 18 and more"),
    _assumed("steps.*.abandon", "3% hang up when the machine asks who they are"),
    _assumed("steps.*.service", "the machine answers in 80 ms"),
    _derived("steps.agent.service", f"{BANK} l3: handling time, less 30 s of validation (assumed)"),
    _derived("steps.agent.patience", f"{BANK} l5: time until hanging up, being served as censoring"),
    _assumed("steps.agent.routes", "12% are put through to a specialist, by topic and by mistake"),
    _assumed("steps.specialist.service", "a specialist takes half as long again as an agent"),
    _derived("steps.specialist.patience", f"{BANK} l5: as in the first queue"),
    _derived("steps.again.think", f"{BANK} l9: time until calling again"),
    _derived("steps.again.routes", f"{BANK} l8: share that calls again the same day"),
    _assumed("stations.menu", "lines enough"),
    _assumed(
        "stations.agents",
        "fitted: 6 from 8:00 to 17:00, of up to 11 seen at work in an hour (l10), and fewer at the edges of the day, "
        "so that as many callers are answered within 20 s as in the log (l6); USD 26 an hour",
    ),
    _assumed("stations.specialists", "three, in the same hours; USD 34 an hour"),
    _assumed("money", "a caller lost for good costs USD 4 in goodwill"),
    _assumed(
        "money.investments.desk",
        "60 days of work to connect two systems at USD 900; a fifth of that a year to keep it up",
    ),
    _assumed(
        "money.investments.specialists",
        "60 days of work to connect two systems at USD 900; a fifth of that a year to keep it up",
    ),
    _assumed(
        "money.investments.routing",
        "20 days of work on pages and rules at USD 900; a fifth of that a year to keep it up",
    ),
    _assumed("warm_up", "the first hours, which begin with an empty queue, are left out"),
)
