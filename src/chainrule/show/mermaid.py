"""A graph as a flowchart of Mermaid."""

from __future__ import annotations

from chainrule.show.dot import clusters, text_of
from chainrule.show.nodes import Cluster, Edge, Network, Node

CLASSES = {
    "leaf": "fill:#add8e6,stroke:#333",
    "operation": "fill:#d3d3d3,stroke:#333",
    "root": "fill:#caff70,stroke:#333,stroke-width:2px",
    "constant": "fill:none,stroke:none",
    "carry": "fill:#fffacd,stroke:#333",
    "join": "fill:#fffacd,stroke:#333",
    "held": "fill:#fff,stroke:#888,stroke-dasharray:4,color:#555",
}


def write(network: Network) -> str:
    """The text of a flowchart."""
    lines = ["flowchart TD", *_inside(network, None, 1)]
    lines += [_edge(e) for e in network.edges]
    cut = [str(i) for i, e in enumerate(network.edges) if e.cut]
    if cut:
        lines.append(f"  linkStyle {','.join(cut)} stroke:#b71c1c,color:#b71c1c")
    used = {_class(n) for n in network.nodes}
    lines += [f"  classDef {name} {style}" for name, style in CLASSES.items() if name in used]
    return "\n".join(lines) + "\n"


def _inside(network: Network, cluster: Cluster | None, depth: int) -> list[str]:
    pad = "  " * depth
    lines = [pad + _node(n) for n in network.nodes if n.cluster is cluster]
    for inner in clusters(network):
        if inner.outer is cluster:
            lines += [f'{pad}subgraph {inner.key}["{escaped(inner.label)}"]']
            lines += [*_inside(network, inner, depth + 1), f"{pad}end"]
    return lines


def _node(node: Node) -> str:
    opening, closing = ("([", "])") if node.kind in ("leaf", "carry") else ("[", "]")
    label = "<br/>".join(map(escaped, text_of(node)))
    return f'{node.key}{opening}"{label}"{closing}:::{_class(node)}'


def _class(node: Node) -> str:
    return node.kind if node.active or node.kind in ("constant", "root") else "held"


def _edge(edge: Edge) -> str:
    arrow = "-. cut .-x" if edge.cut else "-. next turn .->" if edge.back else "-->"
    return f"  {edge.source.key} {arrow} {edge.target.key}"


def escaped(text: str) -> str:
    """Text inside the quotes of a label, of which no sign means anything to Mermaid."""
    return "".join(f"#{ord(c)};" if c in '#"<>&*_`[]' else c for c in text)
