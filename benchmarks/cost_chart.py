"""The bar chart of instructions a page."""

from html import escape

WIDTH, LABEL, ROW, TOP = 760, 200, 30, 46
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#24292f}.t{font-weight:600}.s{font-size:11px;"
    "fill:#57606a}.b{fill:#8c959f}.o{fill:#0969da}@media(prefers-color-scheme:dark){"
    "text{fill:#e6edf3}.s{fill:#8d96a0}.b{fill:#6e7681}.o{fill:#4493f8}}"
)


def draw(found: dict[str, float], base: str, machine: str) -> str:
    """An SVG with a bar for each client, as a multiple of the base."""
    most = max(found.values())
    rows = []
    for number, (name, instructions) in enumerate(sorted(found.items(), key=lambda one: one[1])):
        y = TOP + number * ROW
        width = (WIDTH - LABEL - 110) * instructions / most
        kind = "o" if name.startswith("reamaze_async") else "b"
        told = f"{instructions / found[base]:.2f}  ({instructions / 1000:.0f} k)"
        rows.append(
            f'<text x="{LABEL - 10}" y="{y + 15}" text-anchor="end">{escape(name)}</text>'
            f'<rect class="{kind}" x="{LABEL}" y="{y}" width="{width:.1f}" height="20" rx="3"/>'
            f'<text x="{LABEL + width + 8:.1f}" y="{y + 15}">{told}</text>'
        )
    height = TOP + len(found) * ROW + 28
    title = "Instructions of the client for a page of 30 conversations (loop by hand = 1)"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'role="img" aria-label="{title}"><style>{_STYLE}</style>'
        f'<text class="t" x="10" y="24">{title}</text>{"".join(rows)}'
        f'<text class="s" x="10" y="{height - 10}">{escape(_short(machine))}</text></svg>\n'
    )


def _short(machine: str) -> str:
    system, _, packages = machine.partition("; ")
    return f"{system.partition(', load')[0]}; {', '.join(packages.split(', ')[:2])}; valgrind"
