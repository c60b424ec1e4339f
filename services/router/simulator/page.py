"""A simulated day on one page: HTML that needs nothing else."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Final

from services.router.simulator.figures import Effort, Service
from services.router.simulator.report import Report
from services.router.simulator.svg import bars, lines

CUTS: Final = ("queue", "language", "tier", "kind")

_STYLE: Final = """
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
h1{font-size:1.5rem;margin-bottom:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}
table{border-collapse:collapse;width:100%}
th,td{padding:.2rem .6rem;text-align:right;border-bottom:1px solid #ddd}
th:first-child,td:first-child{text-align:left}th{font-weight:600;white-space:nowrap}
svg{width:100%;height:auto}svg text{font-size:11px;fill:#555}.grid{stroke:#ddd}
.legend{margin:0;font-size:.85rem}.legend span{margin-right:1.2rem;white-space:nowrap}
.legend i{display:inline-block;width:.8rem;height:.8rem;margin-right:.3rem;vertical-align:-1px}
.quiet{color:#666}
"""
SERVICE_HEADS: Final = (
    "came", "on time", "left", "unserved", "wait p50", "p90", "p99",
)  # fmt: skip
EFFORT_HEADS: Final = ("agents", "tickets", "occupancy", "effort", "Gini")


def page(report: Report) -> str:
    """The whole page."""
    line, overall = report.timeline, report.overall
    parts = [
        f"<h1>{escape(report.scenario)}</h1>",
        f'<p class="quiet">seed {report.seed}, policy version {report.policy}; '
        f"{overall.contacts} contacts, {overall.on_time:.1%} on time "
        f"({overall.value:.1%} by value), {overall.abandoned:.1%} left; "
        f"worst language and tier: {escape(report.worst)}, "
        f"{report.by['language and tier'][report.worst].on_time:.1%} on time</p>",
        "<h2>Contacts a stretch of "
        f"{line.width_s / 60:g} minutes, by hours since the day began</h2>",
        lines({"came": line.came, "left": line.left}, width_s=line.width_s),
        "<h2>On time, of those who came then</h2>",
        lines({"on time": line.on_time}, width_s=line.width_s, percent=True),
        "<h2>Waiting, by queue</h2>",
        lines(line.waiting, width_s=line.width_s),
        *(_services(cut, report.by[cut]) for cut in CUTS),
        "<h2>Agents</h2>",
        _table("group", EFFORT_HEADS, _effort_rows(report.agents)),
        "<h2>Occupancy</h2>",
        bars({name: group.occupancy for name, group in report.agents.items()}),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(report.scenario)}</title><style>{_STYLE}</style></head>"
        f"<body>{''.join(parts)}</body></html>\n"
    )


def service_cells(met: Service) -> tuple[str, ...]:
    """Under SERVICE_HEADS."""
    return (
        str(met.contacts),
        f"{met.on_time:.1%}",
        f"{met.abandoned:.1%}",
        str(met.unserved),
        *(clock(seconds) for seconds in (met.p50_s, met.p90_s, met.p99_s)),
    )


def effort_cells(done: Effort) -> tuple[str, ...]:
    """Under EFFORT_HEADS."""
    return (
        str(done.agents),
        str(done.tickets),
        f"{done.occupancy:.1%}",
        f"{done.effort:.2f}",
        f"{done.gini:.2f}",
    )


def clock(seconds: float) -> str:
    """As people read it: 45s, 2:05, 1:10:00."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}:{rest:02}"
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def _services(cut: str, met: Mapping[str, Service]) -> str:
    rows = ((name, *service_cells(met[name])) for name in sorted(met))
    return f"<h2>By {cut}</h2>" + _table(cut, SERVICE_HEADS, rows)


def _effort_rows(agents: Mapping[str, Effort]) -> Iterable[Sequence[str]]:
    return ((name, *effort_cells(done)) for name, done in agents.items())


def _table(first: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in (first, *heads))
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
