"""Derive the figures of a journey of the catalogue from the public logs.

Usage: python derive.py FOLDER_WITH_LOGS [FOLDER_WITH_QUERIES]

Runs each named query of queries.sql (DuckDB), does what SQL cannot (intervals, censored fits, Kaplan-Meier)
and writes figures.toml beside it. The queries are those beside this file, unless another journey's folder is given. The
logs are bpic-2012/, bpic-2012-w/ and anonymous-bank-january-1999/, as README.md says; a journey needs those that its
queries name. The same logs give the same file, byte for byte.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

HERE = Path(__file__).parent
HEADER = re.compile(r"^-- \[(\w+)\](?: (\w+) \| (\w+) \| (.+))?$", re.MULTILINE)
NEEDED = (
    "bpic-2012/log.csv.gz",
    "bpic-2012-w/train.csv.gz",
    "bpic-2012-w/test.csv.gz",
    "anonymous-bank-january-1999/january_1999.txt.gz",
)
BANDS = {"days": [0, 1, 2, 3, 5, 7, 14, 21, 31], "seconds": [0, 15, 30, 60, 120, 240, 480, 960]}
SHORTEST = {"days": 1 / 1440, "seconds": 1.0}  # a time of nil would have no logarithm
Z = 1.959964

Columns = dict[str, list[Any]]
Figure = dict[str, Any]
Floats = NDArray[np.float64]


def wilson(hits: int, n: int) -> tuple[float, float]:
    """95% interval of a share."""
    share, room = hits / n, Z * Z / n
    half = Z * np.sqrt(share * (1 - share) / n + room / (4 * n))
    low, high = (share + room / 2 - half) / (1 + room), (share + room / 2 + half) / (1 + room)
    return max(float(low), 0.0), min(float(high), 1.0)


def poisson(events: int, exposure: float) -> tuple[float, float]:
    """Exact 95% interval of events per unit of exposure."""
    low = stats.chi2.ppf(0.025, 2 * events) / 2 if events else 0.0
    return float(low / exposure), float(stats.chi2.ppf(0.975, 2 * events + 2) / 2 / exposure)


def share(rows: Columns, unit: str) -> Figure:
    """Shares with their intervals, one or a labelled list."""
    hits, sizes = [int(h) for h in rows["hits"]], [int(n) for n in rows["n"]]
    low, high = zip(*map(wilson, hits, sizes), strict=True)
    value = [h / n for h, n in zip(hits, sizes, strict=True)]
    out: Columns = {"value": value, "low": list(low), "high": list(high), "n": sizes}
    return {"labels": rows["label"], **out} if "label" in rows else {key: own[0] for key, own in out.items()}


def rate(rows: Columns, unit: str) -> Figure:
    """Events per unit of exposure, labelled."""
    events, exposure = [int(e) for e in rows["events"]], [float(x) for x in rows["exposure"]]
    low, high = zip(*map(poisson, events, exposure), strict=True)
    value = [e / x for e, x in zip(events, exposure, strict=True)]
    out: Columns = {"value": value, "low": list(low), "high": list(high), "n": events, "exposure": exposure}
    return {"labels": rows["label"], **out}


def sample(rows: Columns, unit: str) -> Figure:
    """Mean, median (interval by order statistics), spread, and the lognormal fit of those above nil."""
    x = np.sort(np.asarray(rows["x"], dtype=float))
    n, mean, sd = len(x), float(x.mean()), float(x.std(ddof=1))
    half = Z * sd / np.sqrt(n)
    first, last = (int(stats.binom.ppf(p, n, 0.5)) for p in (0.025, 0.975))
    log = np.log(x[x > 0])
    mu, sigma = float(log.mean()), float(log.std())
    return {
        "value": mean, "low": mean - half, "high": mean + half, "n": n, "sd": sd, "cv": sd / mean,
        "median": float(np.median(x)), "median_low": float(x[first]),
        "median_high": float(x[min(last, n - 1)]),
        **{f"p{p}": float(np.quantile(x, p / 100)) for p in (10, 25, 75, 90)},
        "lognormal_mu": mu, "lognormal_sigma": sigma,
        "lognormal_ks": float(stats.kstest(log, stats.norm(mu, sigma).cdf).statistic),
    }  # fmt: skip


def counts(rows: Columns, unit: str) -> Figure:
    """Distribution of whole numbers (the last is "or more") and the geometric fit P(k) = (1 - q) q^k."""
    x = np.asarray(rows["x"], dtype=int)
    n, mean, top = len(x), float(x.mean()), 10
    q, half = mean / (1 + mean), Z * float(x.std(ddof=1)) / np.sqrt(n)
    seen = np.bincount(np.minimum(x, top), minlength=top + 1)
    fitted = np.append((1 - q) * q ** np.arange(top), q**top)
    again = [float((x > k).sum() / (x >= k).sum()) for k in range(4)]
    return {
        "value": mean, "low": mean - half, "high": mean + half, "n": n, "median": float(np.median(x)),
        "p90": float(np.quantile(x, 0.9)), "variance_to_mean": float(x.var(ddof=1)) / mean,
        "share_of_0_to_9_and_10_up": (seen / n).tolist(), "geometric_again": q,
        "geometric_distance": float(np.abs(np.cumsum(seen / n) - np.cumsum(fitted)).max()),
        "share_going_on_after_0_1_2_3": again,
    }  # fmt: skip


def weibull(t: Floats, event: NDArray[np.bool_], since: Floats) -> Figure:
    """Weibull fit to censored times; an event lies between `since` and t, or at t where `since` is nan."""
    exact, between = event & np.isnan(since), event & ~np.isnan(since)

    def loss(p: Floats) -> float:
        shape, log_scale = float(np.exp(p[0])), float(p[1])

        def used_up(u: Floats) -> Floats:
            """The integrated hazard up to u."""
            return np.exp(np.clip(shape * (np.log(np.maximum(u, 1e-12)) - log_scale), -700, 700))

        density = np.log(shape) - log_scale + (shape - 1) * (np.log(t[exact]) - log_scale) - used_up(t[exact])
        surely = np.exp(-used_up(since[between])) - np.exp(-used_up(t[between]))
        return float(-density.sum() + used_up(t[~event]).sum() - np.log(np.maximum(surely, 1e-300)).sum())

    start = np.array([0.0, np.log(t.sum() / max(int(event.sum()), 1))])
    p: Floats = np.array(optimize.minimize(loss, start, method="Nelder-Mead", tol=1e-7).x, dtype=np.float64)

    def bend(a: Floats, b: Floats) -> float:
        return (loss(p + a + b) - loss(p + a - b) - loss(p - a + b) + loss(p - a - b)) / 4e-6

    arms = 1e-3 * np.eye(2)
    error = np.sqrt(np.diag(np.linalg.inv(np.array([[bend(a, b) for b in arms] for a in arms]))))
    ends = {"": p, "_low": p - Z * error, "_high": p + Z * error}
    fit = {f"{key}{end}": float(np.exp(q[i])) for i, key in enumerate(("shape", "scale")) for end, q in ends.items()}
    return {**fit, "log_likelihood": -loss(p)}


def times(rows: Columns, unit: str) -> Figure:
    """Kaplan-Meier, hazard by band, exponential and Weibull fits; `value` is the exponential's hazard."""
    t = np.maximum(np.asarray(rows["t"], dtype=float), SHORTEST[unit])
    event = np.asarray(rows["event"], dtype=bool)
    nowhere = np.full(len(t), np.nan)
    total, events = float(t.sum()), int(event.sum())
    low, high = poisson(events, total)
    fit = weibull(t, event, nowhere)
    moments, deaths = np.unique(t[event], return_counts=True)
    at_risk = len(t) - np.searchsorted(np.sort(t), moments)
    alive = np.cumprod(1 - deaths / at_risk)
    names, edges = ("hazard", "low", "high", "at_risk", "events", "survival_at_end"), BANDS[unit]
    bands: Columns = {name: [] for name in names}
    for a, b in pairwise(edges):
        inside = int((event & (t >= a) & (t < b)).sum())
        exposure = float((np.minimum(t, b) - a)[t >= a].sum())
        if exposure == 0:
            continue
        end = float(alive[moments < b][-1]) if (moments < b).any() else 1.0
        found = (inside / exposure, *poisson(inside, exposure), int((t >= a).sum()), inside, end)
        for name, item in zip(names, found, strict=True):
            bands[name].append(item)
    median = moments[alive <= 0.5]
    out: Figure = {
        "value": events / total, "low": low, "high": high, "n": len(t), "events": events, "exposure": total,
        "exponential_mean": total / events,
        "exponential_log_likelihood": events * float(np.log(events / total) - 1),
        **({"median": float(median[0])} if len(median) else {}),
        **{f"weibull_{key}": item for key, item in fit.items()},
        "band_edges": edges, **{f"band_{key}": column for key, column in bands.items()},
    }  # fmt: skip
    if "since" in rows:
        since = np.array([np.nan if s is None else float(s) for s in rows["since"]])
        out |= {f"weibull_interval_{key}": item for key, item in weibull(t, event, since).items()}
    return out


def table(rows: Columns, unit: str) -> Figure:
    """The rows as they are."""
    return dict(rows)


KINDS: dict[str, Callable[[Columns, str], Figure]] = {
    "share": share, "rate": rate, "sample": sample, "counts": counts, "times": times, "table": table,
}  # fmt: skip


def split(rows: Columns) -> dict[str, Columns]:
    """The rows of each label apart."""
    out: dict[str, Columns] = {label: {} for label in rows["label"]}
    for key, column in rows.items():
        for label, item in zip(rows["label"], column, strict=True):
            out[label].setdefault(key, []).append(item)
    return out


def toml(value: Any) -> str:
    """One TOML value, floats to six significant digits."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, float | np.floating):
        short = f"{float(value):.6g}"
        return short if re.search(r"[.en]", short) else f"{short}.0"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml, value))}]"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def derive(folder: Path, queries: Path) -> str:
    """All the figures, as the text of figures.toml."""
    base = duckdb.connect()
    base.execute("SET threads = 1")  # rows in the file's order, always
    base.execute("SET VARIABLE folder = $folder", {"folder": str(folder)})
    parts = HEADER.split(queries.read_text(encoding="utf-8"))[1:]
    lines = ["# Written by derive.py from queries.sql: do not edit. Meaning and caveats: README.md"]
    for number, name, kind, unit, body in (parts[i : i + 5] for i in range(0, len(parts), 5)):
        note = " ".join(line[3:] for line in body.splitlines() if line.startswith("-- "))
        found = base.execute(body)
        if number == "setup":
            continue
        names = [column[0] for column in found.description or []]
        columns = map(list, zip(*found.fetchall(), strict=True))
        rows: Columns = dict(zip(names, columns, strict=True))
        apart = split(rows) if kind in ("sample", "counts", "times") and "label" in rows else {"": rows}
        for label, own in apart.items():
            figure = {"unit": unit, "query": number, "note": note, **KINDS[kind](own, unit)}
            lines += ["", f"[{name}.{label}]" if label else f"[{name}]"]
            lines += [f"{key} = {toml(item)}" for key, item in figure.items()]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Read the folder's name, write figures.toml."""
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: python derive.py FOLDER_WITH_LOGS [FOLDER_WITH_QUERIES]")
    folder, here = Path(sys.argv[1]), Path(sys.argv[2]) if sys.argv[2:] else HERE
    queries = here / "queries.sql"
    if not queries.is_file():
        sys.exit(f"derive.py: {here} holds no queries.sql")
    if not folder.is_dir():
        sys.exit(f"derive.py: {folder} is not a folder")
    missing = [name for name in NEEDED if name in queries.read_text("utf-8") and not (folder / name).is_file()]
    if missing:
        sys.exit(f"derive.py: {folder} lacks {', '.join(missing)}: see README.md")
    target = here / "figures.toml"
    target.write_text(derive(folder, queries), encoding="utf-8")
    print(f"wrote {target}")


if __name__ == "__main__":
    main()
