"""Where the loan application's numbers come from: derived from a public log, given by the case, or assumed.

*Derived* figures are in `evidence/figures.toml`, each with the query that gave it; `evidence/README.md` says what each
cannot mean. The assumed numbers marked "tuned" were chosen together, once, so that the service as it is shows the
facts of the case (approval in about 3 days, a call about every application) and the redesign the change that it
reports (completed applications +40%, calls -35%). They are therefore no evidence for that change: the model shows
which mechanisms can bring it about and what each lever contributes, given these numbers.
"""

from journeys import Source

BPIC = "BPI Challenge 2012 loan log, query"
BANK = "call centre of an anonymous bank, January 1999, query"


def _derived(path: str, note: str) -> Source:
    return Source(path, "derived", note)


def _assumed(path: str, note: str) -> Source:
    return Source(path, "assumed", note)


SOURCES = (
    _derived("arrivals.rate", f"{BPIC} a1: submissions per day"),
    _derived("arrivals.profile", f"{BPIC} a4: relative rate of each hour of the week"),
    _assumed("steps.*.think", "time to read and decide on a short form; facts add their own effort"),
    _assumed("steps.*.abandon", "1.5 to 3% leave at a form for reasons of their own"),
    _assumed("steps.*.service", "a form is stored in 40 ms, an upload in 90 ms"),
    _assumed("steps.*.attempts", "usual settings of a web client"),
    Source("steps.auto_verification.skip", "given", "the service as it is has no automated verification"),
    _assumed("steps.auto_verification.service", "credit bureau and account data answer within the hour of the case"),
    _assumed("steps.auto_verification.routes.offer", "5% of the simple cases are referred to people"),
    _assumed("steps.auto_verification.routes.read_denial", "approved share of decisions as derived (f3: 74.9%)"),
    _assumed("steps.auto_verification.routes.notice", "a third of the files that people find incomplete (f1: 46.5%)"),
    _derived("steps.intake.service", f"{BPIC} e3: hands-on time to complete an application"),
    _assumed("steps.intake.priority", "the phone comes first"),
    _assumed("steps.employer_check.service", "an employer or bank confirms in about a day"),
    _derived("steps.assessment.service", f"{BPIC} e4: hands-on time of one assessment round"),
    _derived("steps.assessment.routes", f"{BPIC} f1: how the first round ends"),
    _assumed("steps.notice.service", "a letter takes a day"),
    _derived("steps.fix_documents.think", f"{BPIC} d9: time until missing documents are there"),
    _derived("steps.fix_documents.abandon", f"{BPIC} f2: cancelled while documents were missing"),
    _assumed("steps.fix_documents.routes", "a file incomplete six times is denied"),
    _derived("steps.reassessment.service", f"{BPIC} e4: hands-on time of one assessment round"),
    _derived("steps.reassessment.routes", f"{BPIC} f1: how the second round ends"),
    _assumed("steps.offer.think", "an offer that can be signed online is read the same or the next day"),
    _assumed("steps.payout.service", "one to two days to pay out, before and after the redesign"),
    _assumed("steps.read_denial.think", "a decision is read within the day"),
    _assumed("stations.portal", "never the bottleneck in the model"),
    _assumed("stations.service_desk.servers", "set so that the desk is busy most of the day"),
    _assumed("stations.assessors.servers", "set so that approval takes about 3 days, as in the case"),
    _assumed("stations.*.cost_per_hour", "a round wage with overheads"),
    _assumed("segments.*.share", "a quarter of the customers are self-employed or otherwise complex"),
    _assumed("segments.complex.differs", "a complex case is never decided by the machine"),
    _derived(
        "waits.decision.uncertain",
        f"{BPIC} c3: given up before any offer, Weibull with censoring (a clerk recorded it: an upper bound)",
    ),
    _assumed("waits.decision.informed", "who sees how things stand has patience eight times as long; tuned"),
    _assumed("contacts.*.arises", "share of customers with a question, or questions per day of waiting; tuned"),
    _derived("contacts.*.handling", f"{BANK} i1: handling of calls over 10 s"),
    _derived("contacts.*.patience", f"{BANK} i2: time to hanging up, with censoring"),
    _assumed("contacts.*.comes_back", "a third ask again when the desk opens; tuned"),
    _assumed("contacts.*.morning", "within the first four hours"),
    _assumed("contacts.*.redial", "half of those not answered try again, twice at most"),
    _assumed("contacts.*.gives_up", "about half leave when a question about the form stays unanswered; tuned"),
    _assumed("contacts.*.cost", "line and system costs of a call"),
    _assumed("facts.*.effort", "time to find and type it"),
    _assumed("facts.*.reask_abandon", "3% leave at each fact that they have given before; tuned"),
    _assumed("facts.*", "range of the personas' values"),
    _assumed("money", "margin of a loan"),
    _assumed("money.investments", "round budgets of projects of that kind; put in your own"),
    _assumed("warm_up", "twice the mean time to approval"),
    _assumed("cool_down", "long enough for the last counted customers to meet as full a house as the others"),
)
