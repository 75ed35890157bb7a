"""Where the ride-hailing's numbers come from: the case gives the story, and the numbers are assumed."""

from journeys import Source


def _assumed(path: str, note: str) -> Source:
    return Source(path, "assumed", note)


SOURCES = (
    _assumed("arrivals.rate", "so many that the drivers suffice by day, and not in the evening"),
    _assumed("arrivals.profile", "a morning peak, and a higher one in the evening"),
    _assumed("steps.*.think", "seconds on a phone; facts add their own effort"),
    _assumed("steps.*.abandon", "one in thirty only looks; three in ten decline a surge"),
    _assumed("steps.*.service", "the app answers in 60 ms, the bank in 900; a second try after twenty minutes"),
    _assumed("steps.*.attempts", "one payment in sixteen fails, and a third of those fail again"),
    _assumed("steps.surge.value", "what a surge adds to the fare, for the platform"),
    _assumed("steps.write_off.cost", "the fare that the driver is paid nevertheless"),
    Source("steps.*.skip", "given", "as it is: the driver free for longest, one price, one try to charge"),
    _assumed("steps.*.routes", "two in five pay when they are reminded"),
    _assumed("settings.round", "requests are collected for twenty seconds, where they are matched in rounds"),
    _assumed("settings.reserve", "a quarter more drivers are at home, and come where they earn more"),
    _assumed("stations.*.servers", "never the bottleneck, but for the two who chase payments"),
    _assumed("stations.*.cost_per_hour", "a round wage with overheads"),
    _assumed("waits.pickup", "who sees no car waits for a quarter of an hour; who sees it come, a third longer"),
    _assumed("waits.ride", "nobody gets out on the way, and who sits in the car sees where it is"),
    _assumed("waits.payment", "a receipt, whenever it comes"),
    _assumed("contacts.*", "a call for each half hour of waiting, three minutes long"),
    _assumed("facts.*", "where people are and want to go, and seconds to say it"),
    _assumed("money", "the platform's part of a fare"),
    _assumed(
        "money.investments.nearest",
        "20 days of work on pages and rules at EUR 900; a fifth of that a year to keep it up",
    ),
    _assumed(
        "money.investments.rounds",
        "60 days of work to connect two systems at EUR 900; a fifth of that a year to keep it up",
    ),
    _assumed(
        "money.investments.surge",
        "60 days of work to connect two systems at EUR 900; a fifth of that a year to keep it up",
    ),
    _assumed(
        "money.investments.retries",
        "20 days of work on pages and rules at EUR 900; a fifth of that a year to keep it up",
    ),
    _assumed(
        "money.investments.position",
        "60 days of work to connect two systems at EUR 900; a fifth of that a year to keep it up",
    ),
    _assumed("warm_up", "the quiet hours of the first night"),
    _assumed("cool_down", "longer than a wait and a ride"),
)
