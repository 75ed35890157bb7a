"""Where the numbers of the order to cash come from: the case gives the story, and the numbers are assumed."""

from journeys import Source


def _assumed(path: str, note: str) -> Source:
    return Source(path, "assumed", note)


SOURCES = (
    _assumed("arrivals", "orders of working hours, so many that the order desk is hardly ever idle"),
    _assumed("steps.*.think", "time to read and decide; money is due in a fortnight"),
    _assumed("steps.*.abandon", "2% leave at the form for reasons of their own"),
    _assumed("steps.*.service", "a quarter of an hour for most desk work, half an hour in the warehouse"),
    _assumed("steps.*.attempts", "usual settings of a web client"),
    _assumed("steps.*.priority", "calls come first, then plants, then workshops"),
    _assumed("steps.*.cost", "carriage of goods that come back; a credit note"),
    _assumed("steps.order_entry.routes", "one order in twelve is keyed in wrongly by people new to it"),
    _assumed("steps.credit_check.routes", "one in a hundred is not delivered on credit"),
    _assumed("steps.allocate.routes", "three weeks without the part, and the order is cancelled"),
    _assumed("steps.backorder", "somebody looks every day"),
    _assumed("steps.pick.routes", "the warehouse notices half of what makes no sense"),
    _assumed("steps.ship.batch", "the carrier comes at four"),
    _assumed("steps.ship.service", "one to three days on the road"),
    _assumed("steps.ship.routes", "one parcel in eighty is damaged"),
    Source("steps.received.routes", "given", "six days are promised"),
    Source("steps.accepted.routes", "given", "who got the wrong goods sends them back"),
    Source("steps.invoice.batch", "given", "as it is, invoices are written on Fridays"),
    _assumed("steps.invoice.routes", "one invoice in fourteen has a wrong price or address"),
    _assumed("steps.statement.service", "by post or e-mail"),
    _assumed("stations.portal", "never the bottleneck in the model"),
    _assumed("stations.*.servers", "so few that the desks are busy nearly all day"),
    _assumed("stations.*.cost_per_hour", "round wages with overheads"),
    _assumed("segments.*.share", "one customer in five is a plant, with longer orders"),
    _assumed("segments.plants.differs", "plants are served first, and their orders take longer to key in"),
    _assumed("stock.parts", "a week's demand, and a sixteenth of that as reserve"),
    _assumed("waits.*", "an order is rarely called off while it is waited for"),
    _assumed("contacts.*.arises", "a question for every six days without news; one invoice in five is not understood"),
    _assumed("contacts.*.handling", "six to nine minutes with the files"),
    _assumed("contacts.*.patience", "eight minutes in the queue, on average"),
    _assumed("contacts.*.comes_back", "four in five ask again when the office opens"),
    _assumed("contacts.*.morning", "within the first two hours"),
    _assumed("contacts.*.redial", "three in five of those not answered try again, twice at most"),
    _assumed("contacts.*.cost", "line and system costs of a call"),
    _assumed("facts.*", "time to find and type it; range of the personas' values"),
    _assumed("loyalty.returns", "with nothing to complain of, more than half order again"),
    _assumed("loyalty.refers", "with nothing to complain of, one in twelve tells somebody who orders"),
    _assumed("loyalty.per_call", "each call that was necessary costs a quarter of that"),
    _assumed("loyalty.per_reask", "each time they were asked for what they had told costs a twentieth"),
    _assumed("loyalty.per_hour", "each day beyond what is expected costs a twentieth"),
    _assumed("loyalty.*", "three weeks later; from order to cash a month is expected"),
    _assumed("money", "margin of an order; an order lost costs the time spent on it"),
    _assumed(
        "money.investments.automation",
        "120 days of work on what is new at EUR 900; a fifth of that a year to keep it up",
    ),
    _assumed(
        "money.investments.tracking",
        "60 days of work to connect two systems at EUR 900; a fifth of that a year to keep it up",
    ),
    _assumed(
        "money.investments.invoices",
        "60 days of work to connect two systems at EUR 900; a fifth of that a year to keep it up",
    ),
    _assumed(
        "money.investments.training",
        "a week of seven people’s wages and a trainer, EUR 14,000; who is new later, EUR 3,000 a year; "
        "wages of one more in billing are counted as staff",
    ),
    _assumed("warm_up", "the desks' queues build up in two weeks"),
    _assumed("cool_down", "long enough for the last counted orders to meet as full desks as the others"),
)
