"""A graph as a drawing for terminals: a tree of what each value is made of."""

from __future__ import annotations

from chainrule.ir.form import MISSING
from chainrule.show.nodes import Edge, Network, Node
from chainrule.show.numbers import brief

Cells = tuple[str, str, str]


def write(network: Network) -> str:
    """The drawing; what has been drawn already is named and not drawn again."""
    incoming: dict[Node, list[Edge]] = {}
    for edge in network.edges:
        incoming.setdefault(edge.target, []).append(edge)
    lines: list[Cells] = []
    drawn: set[Node] = set()
    for root in network.roots:
        _draw(root, incoming, drawn, lines)
    widths = [max(map(len, column)) for column in zip(*lines)]
    return "".join(
        "  ".join(c.ljust(w) for c, w in zip(line, widths)).rstrip() + "\n" for line in lines
    )


def _draw(
    root: Node, incoming: dict[Node, list[Edge]], drawn: set[Node], lines: list[Cells]
) -> None:
    """Draw what is above a root, with a stack of what is still to be drawn."""
    start = incoming[root][0].source if incoming.get(root) else root
    pending: list[tuple[str, str, Node, str]] = [("", "", start, "")]
    while pending:
        branch, below, node, mark = pending.pop()
        parts = incoming.get(node, [])
        again = node in drawn and bool(parts)
        if again:
            lines.append((f"{branch}{mark}{_said(node)} (above)", "", ""))
            continue
        lines.append((f"{branch}{mark}{_said(node)}", *_numbers(node)))
        drawn.add(node)
        for i, edge in reversed(list(enumerate(parts))):
            last = i == len(parts) - 1
            sign, further = ("└─ ", "   ") if last else ("├─ ", "│  ")
            cut = "✂ " if edge.cut else "↻ " if edge.back else ""
            pending.append((below + sign, below + further, edge.source, cut))


def _said(node: Node) -> str:
    if node.kind in ("operation", "join") and node.name:
        return f"{node.name}: {node.label}"
    return node.name if node.kind == "constant" and node.name else node.label


def _numbers(node: Node) -> tuple[str, str]:
    value = brief(node.value) if node.value is not MISSING else ""
    if node.gradient is not MISSING:
        return value, f"∂ {brief(node.gradient)}"
    return value, "" if node.active or node.kind == "constant" else "constant"
