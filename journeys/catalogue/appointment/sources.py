"""Where the appointment's numbers come from: the case gives the story, and the numbers are assumed."""

from journeys import Source


def _assumed(path: str, note: str) -> Source:
    return Source(path, "assumed", note)


SOURCES = (
    _assumed("arrivals.rate", "so many that the slots would suffice if none were wasted, and do not as things are"),
    _assumed("arrivals.profile", "people think of it from morning to evening, half as often at the weekend"),
    _assumed("steps.*.think", "time to read and decide; facts add their own effort"),
    _assumed("steps.*.abandon", "2% leave at the first page for reasons of their own, more where papers are asked for"),
    _assumed("steps.*.service", "a form is stored in 40 ms"),
    _assumed("steps.*.attempts", "usual settings of a web client"),
    Source("steps.auto_verification.skip", "given", "as it is, all accounts are verified by hand"),
    _assumed("steps.auto_verification.service", "the insurers' register answers within a minute"),
    _assumed("steps.auto_verification.routes", "14% are too complex for a machine, and come to people"),
    _assumed("steps.verification.service", "a clerk looks up, types and files in a quarter of an hour"),
    _assumed("steps.verification.routes", "a quarter of the files lack a legible insurance card"),
    _assumed("steps.calendar.priority", "a slot goes to who has waited longest"),
    Source("steps.remind.skip", "given", "as it is, nobody is reminded"),
    _assumed("steps.remind.routes", "in 60 days on average it has got better, or another doctor was found"),
    _assumed("steps.slot.service", "a slot is twenty minutes"),
    _assumed("steps.eve.service", "a slot is given back two days before at the latest"),
    _assumed("steps.eve.routes.missed", "a tenth has forgotten after 4 days, half after 45: Weibull"),
    _assumed("steps.eve.routes.not_needed", "as in remind; who is not asked does not say so"),
    _assumed("steps.missed.routes", "four in five want another appointment, once"),
    _assumed("steps.rebook", "within a few days, or not at all"),
    _assumed("steps.consultation.service", "sixteen minutes, some much longer"),
    _assumed("stations.portal", "never the bottleneck in the model"),
    _assumed("stations.*.servers", "three clinicians, two at the phone from eight to twelve, one clerk"),
    _assumed("stations.*.cost_per_hour", "round wages with overheads"),
    _assumed("segments.*.share", "three in ten patients are new to the clinic"),
    Source("segments.known.differs", "given", "who has an account needs none"),
    _assumed("waits.*", "some find another doctor while they wait"),
    Source("contacts.book_by_phone.arises", "given", "as it is, appointments are made by phone only"),
    Source("contacts.rebook_by_phone.arises", "given", "and so are new ones"),
    _assumed("contacts.*.arises", "questions per day of waiting"),
    _assumed("contacts.*.handling", "five minutes to find a slot, three for a question"),
    _assumed("contacts.*.patience", "seven minutes in the queue, on average"),
    _assumed("contacts.*.comes_back", "most who find the line closed try again when it opens"),
    _assumed("contacts.*.morning", "within the first two hours"),
    _assumed("contacts.*.redial", "four in five of those not answered try again, four times at most"),
    _assumed("contacts.*.gives_up", "a fifth of those who never got through go elsewhere"),
    _assumed("contacts.*.cost", "line and system costs of a call"),
    _assumed("facts.*", "time to find and type it; one in a hundred leaves at being asked again"),
    _assumed("money", "fee of a consultation"),
    _assumed(
        "money.investments.booking", "120 days of work on what is new at EUR 900; a fifth of that a year to keep it up"
    ),
    _assumed(
        "money.investments.reminders",
        "20 days of work on pages and rules at EUR 900; "
        "a fifth of that a year to keep it up, and messages at EUR 0.10 for 60 patients a day",
    ),
    _assumed(
        "money.investments.register",
        "60 days of work to connect two systems at EUR 900; "
        "a fifth of that a year to keep it up, and questions to the register at EUR 0.50 for the 18 new patients a day",
    ),
    _assumed("warm_up", "the calendar fills up from empty in about six weeks"),
    _assumed("cool_down", "long enough for the last counted patients to meet as full a calendar as the others"),
)
