"""What the first screen answers where more was asked than how customers fared: one function for each kind of report."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from reports.headline import Card, Headline
from reports.kinds import Kind
from reports.verdict import Sentence
from reports.wording import change, count, duration, number

if TYPE_CHECKING:
    from reports.capacity.finding import Capacity, CapacityStudy
    from reports.failover import Trial
    from reports.loading.course import Course
    from reports.loading.generation import Generation
    from reports.loading.met import Experience
    from reports.regressions.judging import Regression
    from reports.study import Study
    from reports.validation.agreement import Validation
    from reports.wrong import Walked, Wrong

NAMED = 2
"""So many things that are wrong are named in the first sentence."""
CARDS = 4


def _measured(*texts: str) -> tuple[Sentence, ...]:
    return tuple(Sentence(text, ("measured",)) for text in texts if text)


def _scorecard(study: Study) -> Headline:
    from reports.scorecard.texts import BASIS, glance, verdict

    cards = study.found["scorecard"]
    first = tuple(
        Card(title, before, now, words, "", how, "measured") for title, before, now, words, how in glance(cards)
    )
    return Headline(verdict(cards), (), (), BASIS, first, (), None)


def _regression(study: Study) -> Headline:
    """What got worse, by how much, and how sure; then what it rests on."""
    from reports.regressions.texts import basis, drifting, said, striking_rows

    found: Regression = study.found["regression"]
    answer, *more = said(found).split(". ")
    cards = []
    for row in striking_rows(found)[:CARDS]:
        effect, _, interval = row.effect.partition(" (")
        cards.append(Card(row.title, row.before, row.after, effect, f"({interval}" if interval else row.note, row.call,
                          "measured"))  # fmt: skip
    warnings = [f"{warning[:1].upper()}{warning[1:]}." for warning in found.warnings]
    sentences = _measured(*(f"{text.rstrip('.')}." for text in more), drifting(found), *warnings)
    return Headline(f"{answer.rstrip('.')}.", sentences, (), basis(found), tuple(cards), (), None)


def _failover(study: Study) -> Headline:
    """What customers noticed, whether anything was lost, and whether the model foresaw it."""
    from reports.failover_texts import noticed_sentences, overall, sums, title

    trials: Sequence[Trial] = study.found["failover"]
    basis = (
        f"Measured: {count(len(trials), 'fault')}, each under the same load as without it, beside repeated simulations."
    )
    if len(trials) > 1:
        first, *rest = overall(trials)
        return Headline(first, _measured(*rest), (), basis, (), (), None)
    (trial,) = trials
    first, *rest = noticed_sentences(trial)
    start = title(trial)
    return Headline(f"{start[:1].upper()}{start[1:]}: {first[:1].lower()}{first[1:]}", _measured(*rest, sums(trial)),
                    (), basis, tuple(_failover_cards(trial)), (), None)  # fmt: skip


def _failover_cards(trial: Trial) -> Iterator[Card]:
    told = trial.measured
    for key, title, unit in (("conversion", "Completed, before and during", "share"),
                             ("p95", "Slowest twentieth of steps", "s"),
                             ("failed", "Failed attempts per 1,000 steps", "per_1000")):  # fmt: skip
        before, during = told[f"{key}.before"], told[f"{key}.during"]
        if not (math.isnan(before) or math.isnan(during)):
            yield Card(title, number(before, unit), number(during, unit), "", "", "", "measured")  # type: ignore[arg-type]
    yield Card(
        "Until nothing failed or dragged", "", number(told["recovery"], "s"), "", "after it began", "", "measured"
    )


def _capacity(study: Study) -> Headline:
    """How many customers a second, what gives out first, what the model had said; before all, what is not known."""
    from reports.calibration.trust import Trust
    from reports.capacity.texts import doubts, lacking_text, model_lines, model_trust, scaling_text, sentence

    found: CapacityStudy = study.found["capacity"]

    def said(one: Capacity, told: str) -> str:
        who = f"{count(one.replicas, 'replica')}: " if one.replicas else ""
        return f"{who}{told[:1].upper() if not who else told[:1]}{told[1:]}."

    first, *rest = [said(one, sentence(one)) for one in found.capacities]
    stamps = [said(one, text) for one in found.capacities for text in (lacking_text(one), *doubts(one)) if text]
    trust = None
    if foreseen := [one for one in found.capacities if one.foreseen is not None]:
        known = {model_trust(one).status for one in foreseen}
        told = " ".join(line.partition(". ")[2] for line in model_lines(found))
        trust = Trust("validated" if known == {"validated"} else "not validated", f"The model’s prediction. {told}")
    sentences = _measured(*rest, scaling_text(found.scaling).capitalize() + "." if found.scaling is not None else "")
    trials = sum(len(one.trials) for one in found.capacities)
    basis = (
        f"The highest rate that keeps “{found.budget}”, on {found.target}, from {count(trials, 'trial')}. CI: 95% "
        "credible interval."
    )
    cards = tuple(_capacity_cards(found))
    return Headline(first, sentences, (), basis, cards, (), trust, tuple(stamps), budgets=False)


def _capacity_cards(found: CapacityStudy) -> Iterator[Card]:
    """Yield what each number of replicas carries; of a single one also what gave out, and what was foreseen."""
    from reports.capacity.texts import briefly, gives_out, model_trust

    for one in [one for one in found.capacities if one.bounded][:CARDS]:
        value, low = one.estimate.value, briefly(one.estimate.low, one.estimate.value).partition(" ")[0]
        title = f"Capacity, {count(one.replicas, 'replica')}" if one.replicas else "Capacity"
        between = f"95% CI {low} to {briefly(one.estimate.high, value)}"
        yield Card(title, "", briefly(value), "", between, "", "measured")
    if len(found.capacities) > 1:
        return
    one = found.capacities[0]
    if math.isfinite(one.proven_per_s):
        like = one.estimate.value if one.bounded else one.proven_per_s
        proven = briefly(one.proven_per_s, like)
        yield Card("Highest rate that kept it", "", proven, "", "in one trial", "", "measured")
    if one.saturated:
        name, how_much = gives_out(one)
        yield Card("Saturated first", "", name, "", how_much, "", "measured")
    if one.foreseen is not None:
        told = briefly(one.foreseen.per_s, one.estimate.value if one.bounded else one.foreseen.per_s)
        apart = change(one.foreseen.per_s / one.estimate.value - 1) if one.bounded else ""
        against, status = "against measured" if apart else "", model_trust(one).status
        yield Card("The model predicted", "", told, apart, against, status, "simulated")


def _equivalence(study: Study) -> Headline:
    """Whether the model predicts what was measured; which numbers it does not."""
    from reports.calibration.trust import UNTESTED
    from reports.validation.texts import answer, apart, told_apart

    found: Validation = study.found["equivalence"]
    verdicts = [one.found.verdict for one in found.judged]
    cards = [
        Card(
            name.capitalize(), "", f"{verdicts.count(name)}", "", f"of {count(len(verdicts), 'number')}", "", "measured"
        )
        for name in ("equivalent", "different", "inconclusive")
    ]
    findings = [Sentence(f"{one.title}: {told_apart(one)}.", ("measured", "simulated")) for one in apart(found)]
    if len(findings) > CARDS:
        findings[CARDS:] = [Sentence(f"And {len(findings) - CARDS} more, in the table below.", ())]
    who = "the same customers in both" if found.paired else "customers of their own in each"
    basis = (
        f"{found.simulated} held against {found.measured}, {who}. Equivalent: the whole 90% interval of the difference "
        "is within the margin; different: all of it lies beyond."
    )
    trust = study.found.get("validation", UNTESTED)
    return Headline(answer(found), (), tuple(findings), basis, tuple(cards), (), trust, budgets=False)


def _load(study: Study) -> Headline:
    """Whether the load was made, what customers met, and what of the generator; of each run that loaded."""
    from reports.headline import basis, checks, single_cards

    loads: Mapping[str, tuple[Generation, Course, Experience]] = study.found["generation"]
    said = [_loaded(study, study.titles[name], made, met) for name, (made, _, met) in loads.items()]
    name, (made, _, met) = next(iter(loads.items()))
    answer, *more = said[0]
    results = study.measured[name]
    cards = [card for card in single_cards(results) if card.title == "Completed"]
    cards += list(_load_cards(study, made, met))
    others = [text for told in said[1:] for text in told]
    planned = f" p95: of 100 tries, 95 were as fast or faster.{f' Planned: {made.plan}.' if made.plan else ''}"
    return Headline(
        answer, _measured(*more, *others), tuple(_wrong_in(study)), basis(results) + planned, tuple(cards),
        checks(study), None,
    )  # fmt: skip


def _loaded(study: Study, title: str, made: Generation, met: Experience) -> list[str]:
    from reports.loading.generation import TAIL
    from reports.loading.met import label

    tried, failed = sum(one.tried for one in met.steps), sum(one.failed for one in met.steps)
    share = f" ({number(failed / tried, 'share')})" if failed else ""
    fate = f"{failed:,} of {tried:,} tries failed{share}" if failed else f"none of {tried:,} tries failed"
    slowest = max(met.steps, key=lambda one: one.latency_s[0.95], default=None)
    slow = ""
    if slowest is not None:
        step, p95 = label(study.journey, slowest.step), duration(slowest.latency_s[0.95])
        slow = f"; the slowest step, {step}, has a p95 of {p95}"
    if made.problems:
        why = "; ".join(made.problems)
        failing = f"the load was not made as planned, so that latencies look better than they are: {why}"
        first = [f"{title}: {failing}.", f"{fate[:1].upper()}{fate[1:]}{slow}."]
    else:
        planned = "as planned" if made.status == "kept" else "(nothing was planned for its own lag)"
        first = [f"{title}: {count(made.made, 'customer')} came {planned}; {fate}{slow}."]
    busy = number(made.busiest_ratio, "share")
    late = duration(made.lag_s[TAIL]) if math.isfinite(made.lag_s[TAIL]) else "not known"
    errors = [f"{wrong.said(study.journey)}." for wrong in met.errors[:NAMED]]
    own = "" if math.isnan(made.busiest_ratio) else f", and its busiest process used {busy} of a core"
    said = f"The generator started 99% of customers at most {late} late{own}."
    return [*first, *errors, *([said] if not made.problems else [])]


def _load_cards(study: Study, made: Generation, met: Experience) -> Iterator[Card]:
    from reports.loading.generation import TAIL
    from reports.loading.met import label

    tried, failed = sum(one.tried for one in met.steps), sum(one.failed for one in met.steps)
    if tried:
        yield Card(
            "Tries that failed", "", number(failed / tried, "share"), "", f"{failed:,} of {tried:,}", "", "measured"
        )
        slowest = max(met.steps, key=lambda one: one.latency_s[0.95])
        who = f"{label(study.journey, slowest.step)}; {count(slowest.tried, 'try', 'tries')}"
        yield Card("Slowest step, p95", "", duration(slowest.latency_s[0.95]), "", who, "", "measured")
    if math.isfinite(made.lag_s[TAIL]):
        allowed = f"of {duration(made.most_lag_s)} allowed" if math.isfinite(made.most_lag_s) else "no budget"
        yield Card("Generator’s lag, p99", "", duration(made.lag_s[TAIL]), "", allowed, "", "measured")


def _walk(study: Study) -> Headline:
    """What is wrong with the target, who met it; then how customers fared."""
    from reports.headline import basis, checks, single_answer, single_cards

    walks: Mapping[str, Walked] = study.found.get("wrong", {})
    name, results = next(iter(study.measured.items()))
    told = single_answer(study.titles[name], results)
    own = walks.get(name)
    if own is None:
        return Headline(told, (), (), basis(results), tuple(single_cards(results)), checks(study), None)
    failing = own.failing
    who = f"{study.titles[name]}: {count(own.customers, 'customer')} walked, and "
    if failing:
        named = "; ".join(_named(study, one, own.customers) for one in failing[:NAMED])
        more = f"; and {len(failing) - NAMED} more" if len(failing) > NAMED else ""
        answer = f"{who}{count(len(failing), 'thing is', 'things are')} wrong: {named}{more}."
    else:
        seen = f"; {count(len(own.wrong), 'lesser thing was', 'lesser things were')} seen" if own.wrong else ""
        answer = f"{who}nothing was found to be wrong{seen}."
    kept = Card("Found wrong", "", f"{len(failing):,}", "", f"and {len(own.wrong) - len(failing):,} only reported", "",
                "measured")  # fmt: skip
    fared = told.partition(": ")[2]
    return Headline(
        answer, _measured(f"{fared[:1].upper()}{fared[1:]}"), tuple(_wrong_in(study, name)), basis(results),
        (kept, *single_cards(results))[:CARDS], checks(study), None,
    )  # fmt: skip


def _named(study: Study, one: Wrong, of: int) -> str:
    at = f" at {study.label(one.step)}" if one.step else ""
    return f"{one.what}{at} ({len(one.customers):,} of {of:,})"


def _wrong_in(study: Study, but: str = "") -> Iterator[Sentence]:
    """Yield what is wrong in walks other than `but`."""
    walks: Mapping[str, Walked] = study.found.get("wrong", {})
    for name, own in walks.items():
        if name != but and own.failing:
            named = "; ".join(_named(study, one, own.customers) for one in own.failing[:NAMED])
            yield Sentence(f"{study.titles[name]}: {named}.", ("measured",))


SCREENS: Mapping[Kind, Callable[[Study], Headline]] = {
    "scorecard": _scorecard, "regression": _regression, "failover": _failover, "capacity": _capacity,
    "equivalence": _equivalence, "load": _load, "walk": _walk,
}  # fmt: skip
"""By kind of report; comparisons and simulations have that of `reports.headline` itself."""
