"""Journeys: the blueprint of a customer journey, its population, and the event log that every engine writes."""

from journeys.actions import Attach, Check, Choose, Fill, Keep, Page, Press, Request, See, Verify, get, page, post
from journeys.arrivals import Poisson, Schedule, Spike
from journeys.batches import Batch
from journeys.blueprint import Attempts, Journey, Segment, Source, Step, Wait
from journeys.budgets import Budget
from journeys.contacts import At, Callback, Contact, During, Redial
from journeys.distributions import (
    ZERO,
    Constant,
    Distribution,
    Empirical,
    Exponential,
    Gamma,
    Lognormal,
    Never,
    Uniform,
    Weibull,
)
from journeys.durations import (
    Duration,
    Rate,
    days,
    hours,
    milliseconds,
    minutes,
    per_day,
    per_hour,
    per_minute,
    per_second,
    seconds,
    weeks,
)
from journeys.facts import Fact, System
from journeys.faults import Fault
from journeys.forks import Fork
from journeys.loyalty import Loyalty
from journeys.measures import Busy, Share, Span, Tally
from journeys.money import Investment, Money
from journeys.processes import Process
from journeys.routes import FactIs, InSegment, LongSince, OutOfStock, Route, VisitsAtLeast
from journeys.stations import Closure, Group, Replicas, Shift, Station
from journeys.stock import Stock

__all__ = [
    "ZERO",
    "At",
    "Attach",
    "Attempts",
    "Batch",
    "Budget",
    "Busy",
    "Callback",
    "Check",
    "Choose",
    "Closure",
    "Constant",
    "Contact",
    "Distribution",
    "Duration",
    "During",
    "Empirical",
    "Exponential",
    "Fact",
    "FactIs",
    "Fault",
    "Fill",
    "Fork",
    "Gamma",
    "Group",
    "InSegment",
    "Investment",
    "Journey",
    "Keep",
    "Lognormal",
    "LongSince",
    "Loyalty",
    "Money",
    "Never",
    "OutOfStock",
    "Page",
    "Poisson",
    "Press",
    "Process",
    "Rate",
    "Redial",
    "Replicas",
    "Request",
    "Route",
    "Schedule",
    "See",
    "Segment",
    "Share",
    "Shift",
    "Source",
    "Span",
    "Spike",
    "Station",
    "Step",
    "Stock",
    "System",
    "Tally",
    "Uniform",
    "Verify",
    "VisitsAtLeast",
    "Wait",
    "Weibull",
    "days",
    "get",
    "hours",
    "milliseconds",
    "minutes",
    "page",
    "per_day",
    "per_hour",
    "per_minute",
    "per_second",
    "post",
    "seconds",
    "weeks",
]
