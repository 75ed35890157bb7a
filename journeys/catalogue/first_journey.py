"""A first journey: joining a tool library. Copy this file, and change it into yours."""

from journeys import (
    Budget, Choose, Contact, During, Exponential, Fact, Fill, Journey, Lognormal, Poisson, Press, Route, See, Shift,
    Station, Step, Wait, days, hours, milliseconds, minutes, page, per_hour, post,
)  # fmt: skip

journey = Journey(
    name="first-journey",
    title="Join the tool library",
    arrivals=Poisson(per_hour(12)),
    customers=1500,
    facts=(
        Fact(name="full_name", label="Full name", faker="name"),
        Fact(name="email", label="E-mail", kind="email"),
        Fact(name="plan", label="Plan", kind="choice", choices=("Monthly", "Yearly")),
    ),
    steps=(
        Step(
            name="join", lane="customer", asks=("full_name", "email"),
            think=Lognormal(minutes(2), cv=0.7), abandon=0.10,
            station="website", service=Lognormal(milliseconds(30), cv=0.5),
            page=page("/join", Fill("Full name", "{full_name}"), Fill("E-mail", "{email}"), Press("Continue"),
                      See("Choose a plan")),
            http=(post("/api/members", json={"name": "{full_name}", "email": "{email}"}, expect=201,
                       keep={"member": "id"}),),
        ),
        Step(
            name="plan", lane="customer", asks=("plan",), title="Choose a plan",
            think=Lognormal(minutes(1), cv=0.7), abandon=0.05,
            station="website", service=Lognormal(milliseconds(30), cv=0.5),
            page=page("", Choose("Plan", "{plan}"), Press("Join now"), See("Welcome")),
            http=(post("/api/members/{member}/plan", json={"plan": "{plan}"}),),
        ),
        Step(
            name="identity", lane="backstage", title="Check the identity", awaits="card",
            station="clerks", service=Lognormal(minutes(8), cv=1.0),
            routes=(Route("denied", 0.04), Route("completed")),
        ),
    ),
    stations=(
        Station(name="website", kind="system", servers=8),
        Station(name="clerks", servers=6, shifts=(Shift("mon-fri", "09:00", "17:00"),), cost_per_hour=30.0),
    ),
    waits=(Wait(name="card", title="Waiting for the card", uncertain=Exponential(days(20))),),
    contacts=(
        Contact(name="where_is_my_card", reason="Where is my card?", arises=During("card", Exponential(days(2))),
                station="clerks", handling=Exponential(minutes(4)), patience=Exponential(minutes(5)),
                morning=Exponential(hours(1))),
    ),
    budgets=(Budget("completion >= 70%"), Budget("calls per 100 <= 40"), Budget("p95(join) < 1 s")),
    decision=("plan", "identity"),
)  # fmt: skip
