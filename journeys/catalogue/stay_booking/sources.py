"""Where the stay booking's numbers come from: the case gives the story, and the numbers are assumed."""

from journeys import Source


def _assumed(path: str, note: str) -> Source:
    return Source(path, "assumed", note)


SOURCES = (
    _assumed("arrivals.rate", "so many guests that the weekends at the lake sell out, and the rest does not"),
    _assumed("arrivals.profile", "most plan in the evening, and on Sundays and Mondays"),
    _assumed("arrivals.spikes", "a festival more than doubles demand for four days"),
    _assumed("steps.*.think", "time to look and decide; facts add their own effort"),
    _assumed("steps.*.abandon", "one in seven leaves at each page of results, and fewer at the forms"),
    _assumed("steps.*.service", "a search takes 120 ms, a form 40 ms; a host answers within half a day"),
    _assumed("steps.*.attempts", "usual settings of a web client"),
    Source("steps.too_short.abandon", "given", "the calendars ask for three nights"),
    _assumed("steps.too_short.abandon", "two in three do not stay longer than they wanted"),
    _assumed("steps.results.routes", "one page in six shows a home that appeals; eight pages are enough"),
    _assumed("steps.relocate.cost", "a voucher, and what it costs to call a payment back"),
    _assumed("steps.*.routes", "one page in six shows a home that appeals"),
    _assumed("stations.*.servers", "two searches at once; two people at support"),
    _assumed("stations.*.cost_per_hour", "a round wage with overheads"),
    _assumed("segments.*.share", "three guests in ten have been here before"),
    _assumed("stock.*.initial", "homes on two sides of a small town"),
    _assumed("stock.*.up_to", "homes on two sides of a small town"),
    Source("stock.*.every", "given", "calendars open week by week"),
    Source("stock.*.sync", "given", "the index is made once a day"),
    _assumed("contacts.*", "a question for each day without an answer; five minutes each"),
    _assumed("facts.*", "where and when people want to stay, and time to type it"),
    _assumed("money", "commission of a stay"),
)
