"""Where the bank transfer's numbers come from: what goes wrong and the redesign are given by the case.

Two numbers were read, and say where; the rest is assumed. No number here was fitted to an outcome. The windows of the
nightly run, the clearing house and the other bank are an operator's to look up; how soon people doubt, and ring, the
bank's own log tells.
"""

from journeys import Source


def _assumed(path: str, note: str) -> Source:
    return Source(path, "assumed", note)


SOURCES = (
    Source("steps.instant.skip", "given", "the bank as it is posts nothing in real time"),
    Source("steps.overnight.batch", "given", "a nightly batch on an old core; that it runs at 22:00 is assumed"),
    _assumed("arrivals.rate", "transfers of a small bank's customers"),
    _assumed("arrivals.profile", "evenings are busiest, weekends as busy as working days"),
    _assumed("steps.*.think", "time to read a page"),
    _assumed("facts.*", "time to type; amounts of EUR 10 to 2,500"),
    _assumed("steps.*.abandon", "1 to 3% leave at a form for reasons of their own"),
    _assumed("steps.*.attempts", "usual settings of an app"),
    _assumed("steps.sign_in.service", "the app answers in 90 ms"),
    _assumed("steps.transfer.service", "the app answers in 90 ms"),
    _assumed("steps.confirm.service", "the app answers in 250 ms"),
    _assumed("steps.screening", "two seconds, and one in fifty is looked at by people"),
    _assumed("steps.review", "quarter of an hour each; one in ten is refused"),
    Source(
        "steps.instant.service",
        "cited",
        'within 10 seconds after the payer\'s bank accepts it, at all hours (Banco de Portugal, "Instant transfers")',
    ),
    _assumed("steps.instant.routes", "one in ten payees is with a bank that takes nothing in real time"),
    _assumed("steps.collect.batch", "cut-off at 18:00 on working days"),
    _assumed("steps.overnight.service", "the run takes three hours"),
    _assumed("steps.clearing", "the clearing house takes files at 7:00 on working days, for two hours"),
    Source(
        "steps.payee_bank",
        "cited",
        'a traditional transfer is usually processed at the beneficiary on the next bank working day (STUZZA, "Instant '
        'Credit Transfer"); that the run is at 20:00 is assumed',
    ),
    _assumed(
        "steps.doubt.service", "half of all customers would doubt within a fortnight, one in 25 within a day and a half"
    ),
    Source("steps.accepted", "given", "doubt ends when the money has come: the first of the two is enough"),
    Source("steps.credited", "given", "only what was sent twice is asked back"),
    _assumed("steps.resigned", "longer than any transfer takes"),
    _assumed("steps.send_again.routes", "half of those who have sent it again doubt again"),
    _assumed("steps.recall", "finding a payment made twice and asking for it back takes people 25 minutes, and EUR 12"),
    _assumed("contacts.where_is_my_money.arises", "one call for every 9 days of waiting in the dark"),
    _assumed("contacts.where_is_my_money", "six minutes on the phone, patience of four"),
    _assumed("stations.app", "servers enough"),
    _assumed("stations.back_office", "two people, EUR 36 an hour"),
    _assumed("stations.phone", "two people, EUR 27 an hour"),
    _assumed(
        "money.investments.instant",
        "120 days of work on what is new at EUR 900; "
        "a fifth of that a year to keep it up, and a fee of EUR 10,000 a year for taking part",
    ),
    _assumed(
        "money.investments.batches",
        "20 days of work on pages and rules at EUR 900; "
        "a fifth of that a year to keep it up, and somebody on call at night and at weekends for EUR 12,000 a year",
    ),
    _assumed(
        "money.investments.status",
        "60 days of work to connect two systems at EUR 900; a fifth of that a year to keep it up",
    ),
    _assumed("warm_up", "the first week is left out"),
    _assumed("cool_down", "the last week, whose money may still be on its way, is left out"),
)
