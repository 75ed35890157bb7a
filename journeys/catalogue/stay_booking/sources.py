"""Where the stay booking's numbers come from: the case gives the story, and the numbers are assumed."""

from journeys import Source


def _assumed(path: str, note: str) -> Source:
    return Source(path, "assumed", note)


SOURCES = (
    _assumed("arrivals.rate", "so many guests that half of all nights are sold, and three quarters of the festival's"),
    _assumed("arrivals.profile", "most plan in the evening, and on Sundays and Mondays"),
    _assumed("arrivals.spikes", "a festival's programme more than doubles demand for four days"),
    _assumed("steps.*.think", "time to look and decide; facts add their own effort"),
    _assumed("steps.*.abandon", "one in seven leaves at each page of results, and fewer at the forms"),
    _assumed("steps.other_days.abandon", "two in five cannot, or will not, come on other days"),
    _assumed("steps.too_short.abandon", "two in three do not stay longer than they wanted"),
    _assumed("steps.*.service", "a search takes 120 ms, a form 40 ms; a host answers within half a day"),
    _assumed("steps.*.attempts", "usual settings of a web client"),
    _assumed("steps.*.value", "commission of 15% of an average night's price"),
    _assumed("steps.relocate.cost", "a voucher, and what it costs to call a payment back"),
    _assumed("steps.*.routes", "the process chooses; who has met a sold-out sign twice leaves"),
    _assumed("settings.homes", "homes in each of four areas of a small town"),
    Source("settings.index_age", "given", "search shows what is taken; that its index is made once a day is assumed"),
    Source("settings.least_weekend", "given", "rigid calendars; that hosts ask for three nights is assumed"),
    Source("settings.least_midweek", "given", "rigid calendars; that hosts ask for three nights is assumed"),
    Source("settings.fill_gaps", "given", "as it is, gaps stay empty"),
    Source("settings.midweek_night_price", "given", "as it is, one price for all nights"),
    Source("settings.weekend_night_price", "given", "as it is, one price for all nights"),
    Source("settings.festival_night_price", "given", "as it is, one price for all nights"),
    _assumed("settings.acquired", "homes on the outskirts that the festival would fill, if it is predicted right"),
    Source("settings.predicted", "given", "as it is, nobody predicts the festival"),
    _assumed("settings.acquired_by", "acquired homes are on offer when the festival's programme comes out"),
    Source("settings.personal", "given", "as it is, the ranking knows nobody"),
    Source("settings.social", "given", "as it is, the ranking knows nobody's friends"),
    _assumed("settings.ranking_error", "what is known of regular guests is off by a tenth on average"),
    _assumed("stations.*.servers", "two searches at once; two people at support"),
    _assumed("stations.*.cost_per_hour", "a round wage with overheads"),
    _assumed("segments.*.share", "three guests in ten have been here before"),
    _assumed("waits.confirmation", "the portal tells how a booking stands"),
    _assumed("contacts.*", "a question for each day without an answer; five minutes each"),
    _assumed("facts.*", "where and when people want to stay, and time to type it"),
)
