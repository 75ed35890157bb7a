"""A bank's card line: the machine validates the caller, and the agent does it again, for the call brings nothing along.

Callers key in card number, year of birth and a code. The voice response unit knows then who they are; the agent's desk
does not read it, and asks all of it once more, by voice, and so does the specialist to whom some are put through. Half
a minute of three is spent on that, while others wait. Some of these hang up, and most of those call again.

`redesign.toml` beside this file passes the validation on with the call. No outcome is written here: the facts asked
again make calls longer, longer calls keep agents busy, and what a queue does then, it does more than in proportion.
Arrivals, handling times and patience are those of a real bank (see `evidence/`).
"""

from journeys import (
    Budget,
    Investment,
    Journey,
    Lognormal,
    Money,
    Poisson,
    Route,
    Shift,
    Station,
    Step,
    System,
    hours,
    milliseconds,
    per_day,
    seconds,
)
from journeys.catalogue.card_support_call.derived import FIGURES
from journeys.catalogue.card_support_call.facts import FACTS, VALIDATION
from journeys.catalogue.card_support_call.sources import SOURCES

CALLS_A_DAY = FIGURES.figure("calls_per_day")["value"]
HANGS_UP = FIGURES.share("in_the_queue", "waited") * FIGURES.share("in_the_queue", "hung_up_of_waited")
AGAIN = FIGURES.figure("calls_again")["value"]
BY_HOUR = FIGURES.figure("calls_by_hour")["per_day"]
VALIDATION_S = sum(fact.effort.s for fact in FACTS if fact.name in VALIDATION)

PATIENCE = FIGURES.exponential_s("patience")
MACHINE = Lognormal(milliseconds(80), cv=0.4)
OPEN = "07:00", "24:00"

STEPS = (
    # The machine: what is this about, and who are you?
    Step(
        name="menu", lane="customer", title="What is it about?", station="menu", service=MACHINE, system="ivr",
        asks=("topic",), think=FIGURES.lognormal_s("menu"),
    ),
    Step(
        name="identify", lane="customer", title="Please key in who you are", station="menu", service=MACHINE,
        system="ivr", asks=VALIDATION, abandon=0.03,
    ),
    # People. What their own system doesn't know, they ask, and it takes their time.
    Step(
        name="agent", lane="customer", title="Talk to an agent", station="agents", system="desk", in_person=True,
        asks=VALIDATION, service=FIGURES.lognormal_s("handling", less_s=VALIDATION_S), patience=PATIENCE,
        on_renege="again", routes=(Route("specialist", 0.12), Route("completed")),
    ),
    Step(
        name="specialist", lane="customer", title="Talk to a specialist", station="specialists", system="specialists",
        in_person=True, asks=VALIDATION, service=Lognormal(seconds(250), cv=1.0), patience=PATIENCE, on_renege="again",
        routes=(Route("completed"),),
    ),
    # Who hung up. The machine remembers who called before.
    Step(
        name="again", lane="customer", title="Call again?", think=FIGURES.lognormal_s("until_calling_again"),
        routes=(Route("menu", AGAIN), Route("dropped")),
    ),
)  # fmt: skip

journey = Journey(
    name="card-support-call",
    title="Card line",
    story=(
        "Callers of a bank's card line key in who they are, and must say it again to the agent, and once more to a "
        "specialist, because the systems do not share it. Half a minute of each call goes there, while others wait."
    ),
    arrivals=Poisson(
        per_day(CALLS_A_DAY * (1 - HANGS_UP * AGAIN) * 5 / 7), profile=tuple(BY_HOUR * 5) + (0.0,) * 48
    ),
    steps=STEPS,
    stations=(
        Station(name="menu", title="Voice response unit", kind="system", servers=64),
        Station(
            name="agents", title="Agents", servers=6, cost_per_hour=26.0,
            shifts=(
                Shift("mon-fri", "07:00", "08:00", servers=3), Shift("mon-fri", "08:00", "17:00"),
                Shift("mon-fri", "17:00", "20:00", servers=5), Shift("mon-fri", "20:00", "24:00", servers=4),
            ),
        ),
        Station(
            name="specialists", title="Specialists", servers=3, cost_per_hour=34.0,
            shifts=(Shift("mon-fri", *OPEN),),
        ),
    ),
    facts=FACTS,
    systems=(System(name="ivr"), System(name="desk"), System(name="specialists")),
    budgets=(
        Budget("within 20 s(agent) >= 80%"),
        Budget("abandonment(agent) <= 5%"),
        Budget("re-asks per 100 <= 10"),
        Budget("completion >= 95%"),
    ),
    money=Money(
        currency="USD", drop_off_cost=4.0,
        investments=(
            Investment(name="desk", title="What was keyed in, passed on to agents", one_off=54_000, running=10_800),
            Investment(name="specialists", title="The same for specialists", one_off=54_000, running=10_800),
            Investment(name="routing", title="Calls sent by their topic", one_off=18_000, running=3_600),
        ),
    ),
    sources=SOURCES,
    customers=6500,
    warm_up=hours(9),
    decision=("identify", "agent"),
)  # fmt: skip
