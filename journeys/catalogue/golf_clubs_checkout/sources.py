"""Where the golf shop's numbers come from: what goes wrong and the redesign are given by the case, the rest is assumed.

No number here was fitted to an outcome. Whoever has a shop puts their own in: visitors, deliveries and the sync's
period are in any shop's database, and what the shares of those who take another club are, a week's test would tell.
"""

from journeys import Source


def _assumed(path: str, note: str) -> Source:
    return Source(path, "assumed", note)


SOURCES = (
    Source("stock.driver.sync", "given", "the shop's view of the stock lags the warehouse; that it is 12 h is assumed"),
    Source("steps.alternatives.skip", "given", "the shop as it is offers no alternatives"),
    Source("steps.voucher.skip", "given", "the shop as it is offers no incentive"),
    _assumed("arrivals.rate", "visitors of one popular driver's page"),
    _assumed("arrivals.profile", "evenings and weekends are busiest"),
    _assumed("stock.driver", "65 drivers every 29 h: what is sold out, is so for hours, several times a week"),
    _assumed("stock.driver.every", "29 h is no multiple of a sync, so that deliveries fall at all times between two"),
    _assumed("stock.similar_clubs", "the alternatives never run out"),
    _assumed("stations.shop", "a server of the shop for 16 pages at once"),
    _assumed("stations.payments", "a payment service for 8 payments at once"),
    _assumed("stations.help_line", "two people on the phone in the daytime, USD 28 an hour"),
    _assumed("facts.*.effort", "time to choose, or to type"),
    _assumed("facts.*.weights", "regular and stiff shafts are commonest, one in ten plays left-handed, 30% want balls"),
    _assumed("steps.*.think", "time to read a page and decide"),
    _assumed("steps.*.service", "pages in 50 ms, a payment in 400 ms"),
    _assumed("steps.*.attempts", "usual settings of a web client; 2% of card payments fail at first"),
    _assumed("steps.product.abandon", "55% only look"),
    _assumed("steps.*.abandon", "2 to 10% leave at a form for reasons of their own"),
    _assumed("steps.alternatives.routes", "30% take a similar club that is shown to be there"),
    _assumed("steps.voucher.routes", "of the rest, 25% take it for USD 40 less"),
    _assumed("steps.look_around.routes", "of the rest, 10% search for another club, and find one"),
    _assumed("steps.not_available.routes", "5% start again with another club after a checkout in vain"),
    Source("steps.product.routes.sold_out", "given", "the page says what the shop believes to be in stock"),
    Source("steps.pay.routes", "given", "the checkout is the first to ask the warehouse itself"),
    _assumed("waits.confirmation", "the shop tells how an order stands"),
    _assumed("steps.*.batch", "orders go to the warehouse once an hour"),
    _assumed("steps.*.value", "list prices: driver USD 549, alternative USD 449, balls USD 48, voucher USD 40"),
    _assumed("steps.cancelled.cost", "a payment called back, and an e-mail that apologises"),
    _assumed("contacts.in_stock_or_not", "one in five of those told at the checkout, and not with the first page"),
    _assumed("contacts.why_cancelled", "three in five of those whose paid order is cancelled"),
    _assumed(
        "money.investments.stock",
        "60 days of work to connect two systems at USD 900; a fifth of that a year to keep it up",
    ),
    _assumed(
        "money.investments.alternatives",
        "20 days of work on pages and rules at USD 900; a fifth of that a year to keep it up",
    ),
    _assumed(
        "money.investments.voucher",
        "20 days of work on pages and rules at USD 900; "
        "a fifth of that a year to keep it up; what they take off the price is counted as revenue lost",
    ),
    _assumed("warm_up", "the first two deliveries are left out"),
    _assumed("cool_down", "the last half day, of which no news may have come yet, is left out"),
)
