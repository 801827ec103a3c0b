"""The limiter's tables: a line for each kind, a few for each group, and a block for a README."""

from math import exp, log
from statistics import fmean

from benchmarks.limiter_kinds import Family, Group, Kind
from benchmarks.limiter_measures import Figures

Found = list[dict[str, Figures]]
"""Of each kind of a group, the figures by client."""

WIDTH = 56
FAR = 1.2
"""Times the shared pause: beyond it a kind is told of."""


def table_of(group: Group, found: Found, clients: list[str]) -> str:
    """A line for each kind."""
    is_people = group.name == "interactive"
    columns = PEOPLE_COLUMNS if is_people else JOB_COLUMNS
    lines = [f"{'':{WIDTH}}" + "".join(f"  {client:<{len(columns)}}" for client in clients)]
    lines += [f"{group.name:{WIDTH}}" + f"  {columns}" * len(clients)]
    for figures in found:
        kind = figures[clients[0]].kind
        line = people_line if is_people else job_line
        numbers = "".join(f"  {line(figures[client])}" for client in clients)
        lines.append(f"{group.half_of(kind):10}{kind.name:{WIDTH - 10}}{numbers}")
    return "\n".join(lines)


JOB_COLUMNS = "time/ideal worst x pause   429s %   row"
PEOPLE_COLUMNS = "wait s ideal  worst  windows x pause  429s %  row"


def job_line(figures: Figures) -> str:
    """Mean and worst time over the ideal, time over the pause, 429s in per cent, longest row."""
    return (
        f"{figures.time:10.2f}{max(figures.times):6.2f}{figures.over_pause:8.2f}"
        f"{figures.refused:9.1f}{figures.row:6d}"
    )


def people_line(figures: Figures) -> str:
    """Mean wait, the ideal one, the longest, the most beyond the ideal in windows; as above."""
    return (
        f"{figures.wait:6.1f}{figures.ideal_wait:6.1f}{figures.worst_wait:7.1f}"
        f"{figures.worst_excess:9.2f}{figures.over_pause:8.2f}{figures.refused:8.1f}"
        f"{figures.row:5d}"
    )


def summary_of(group: Group, found: Found, client: str) -> str:
    """What holds for a whole group."""
    figures = [by_client[client] for by_client in found]
    if not figures:
        return ""
    if group.name == "batch":
        return batch_summary(figures)
    return people_summary(figures) if group.name == "interactive" else hard_summary(figures)


def of_family(figures: list[Figures], family: Family) -> list[Figures]:
    """The figures of one family of limits."""
    return [one for one in figures if one.kind.family == family]


def batch_summary(figures: list[Figures]) -> str:
    """Time and 429s by family, and the kind that is the furthest behind the pause."""
    families: tuple[Family, ...] = ("fixed", "sliding")
    parts = [
        f"{family} {fmean(one.time for one in found):.3f} of ideal, worst "
        f"{max(one.time for one in found):.2f}, {fmean(one.refused for one in found):.1f} % 429s, "
        f"row {max(one.row for one in found)}"
        for family in families
        if (found := of_family(figures, family))
    ]
    return "; ".join([*parts, behind(figures)])


def behind(figures: list[Figures]) -> str:
    """The kinds that are slower than the pause by more than a fifth."""
    slow = sorted((one for one in figures if one.over_pause > FAR), key=lambda one: -one.over_pause)
    worst = max(figures, key=lambda one: one.over_pause)
    names = "; ".join(f"{one.kind.name}: {one.over_pause:.2f}" for one in slow)
    text = f"x pause: worst {worst.over_pause:.2f} ({worst.kind.name}), "
    text += f"over {FAR}: {len(slow)} of {len(figures)} ({100 * len(slow) / len(figures):.1f} %)"
    return f"{text}\n  beyond: {names}" if slow else text


def geometric_mean(numbers: list[float]) -> float:
    """The mean that makes 2 and 1/2 cancel out."""
    return exp(fmean(map(log, numbers)))


def hard_summary(figures: list[Figures]) -> str:
    """The mean over the pause, who is far behind, and contested kinds apart."""
    contested = [one for one in figures if one.kind.is_contested]
    others = [one for one in figures if not one.kind.is_contested]
    mean = geometric_mean([one.over_pause for one in figures])
    text = f"{fmean(one.time for one in figures):.3f} of ideal, {mean:.2f} x pause, "
    text += f"{fmean(one.refused for one in figures):.1f} % 429s, "
    text += f"row {max(one.row for one in figures)}; "
    text += behind(others) if others else ""
    for one in contested:
        text += (
            f"\n  beside a greedy client, {one.kind.name}: {one.over_pause:.2f} x pause, "
            f"{one.refused:.0f} % 429s where the pause has {one.pause_refused:.0f}"
        )
    return text


def people_summary(figures: list[Figures]) -> str:
    """The mean wait and the worst."""
    worst = max(figures, key=lambda one: one.worst_excess)
    return (
        f"mean wait {fmean(one.wait for one in figures):.2f} s, of the pause "
        f"{fmean(one.pause_wait for one in figures):.2f}, ideal "
        f"{fmean(one.ideal_wait for one in figures):.2f}; worst wait "
        f"{worst.worst_excess:.2f} windows beyond ideal ({worst.kind.name}); "
        f"{fmean(one.refused for one in figures):.1f} % 429s, "
        f"row {max(one.row for one in figures)}; {behind(figures)}"
    )


def markdown_of(found: dict[str, Found], half: str, clients: list[str]) -> str:
    """A table in Markdown: a line for each client, time over the ideal and 429s in per cent."""
    named = {"tuning": "kinds for tuning", "held-out": "held-out kinds", "all": "all kinds"}
    heads = [named[half], "fixed windows", "sliding windows and buckets", "row"]
    heads += ["hard kinds, over the pause", "people's wait, s"]
    lines = [f"| {' | '.join(heads)} |", "|" + " --- |" * len(heads)]
    for client in clients:
        cells = [*_batch_cells(found.get("batch", []), client)]
        cells += [_hard_cell(found.get("hard", []), client)]
        cells += [_people_cell(found.get("interactive", []), client)]
        lines.append(f"| {'learned' if client == 'ours' else client} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _batch_cells(found: Found, client: str) -> list[str]:
    figures = [by_client[client] for by_client in found if client in by_client]
    families: tuple[Family, ...] = ("fixed", "sliding")
    cells = [
        f"{fmean(one.time for one in of):.2f} / {fmean(one.refused for one in of):.1f}"
        if (of := of_family(figures, family))
        else ""
        for family in families
    ]
    return [*cells, str(max((one.row for one in figures), default=""))]


def _hard_cell(found: Found, client: str) -> str:
    figures = [by_client[client] for by_client in found if client in by_client]
    if not figures:
        return ""
    mean = geometric_mean([one.over_pause for one in figures])
    return f"{mean:.2f} / {fmean(one.refused for one in figures):.0f}"


def _people_cell(found: Found, client: str) -> str:
    figures = [by_client[client] for by_client in found if client in by_client]
    return f"{fmean(one.wait for one in figures):.1f}" if figures else ""


def chosen(group: Group, half: str, word: str) -> list[Kind]:
    """The kinds of one half, or of both, with a word in their name."""
    kinds = {
        "tuning": group.tuning,
        "held-out": group.held_out,
        "all": [*group.tuning, *group.held_out],
    }[half]
    return [kind for kind in kinds if word in kind.name]
