"""A graph in the language of Graphviz."""

from __future__ import annotations

from chainrule.ir.form import MISSING
from chainrule.show.nodes import Cluster, Edge, Network, Node
from chainrule.show.numbers import brief

STYLES = {
    "leaf": 'shape=box style="filled,rounded" fillcolor=lightblue',
    "operation": "shape=box style=filled fillcolor=lightgrey",
    "root": 'shape=box style="filled,bold" fillcolor=darkolivegreen1',
    "constant": "shape=plaintext",
    "carry": 'shape=box style="filled,rounded" fillcolor=lemonchiffon',
    "join": 'shape=box style="filled,rounded" fillcolor=lemonchiffon',
}
HELD = 'style="dashed,filled" fillcolor=white color=grey55 fontcolor=grey35'
"""The style of what carries no derivative, over that of its kind."""

CUT = "#b71c1c"
FONT = "DejaVu Sans"
"""A wide one: boxes that are measured by it hold the text of any other."""

ENTRIES = 1
"""How many entries of a large array a node shows."""


def write(name: str, network: Network) -> str:
    """The text of a graph, the same on every machine."""
    lines = [
        f"digraph {quoted(name)} {{",
        f'  graph [rankdir=TB nodesep=0.25 ranksep=0.3 fontname="{FONT}" fontsize=11]',
        f'  node [fontname="{FONT}" fontsize=11 margin="0.14,0.06" height=0.3 width=0.4]',
        f'  edge [fontname="{FONT}" fontsize=10 arrowsize=0.7]',
    ]
    lines += _inside(network, None, 1)
    lines += [_edge(e) for e in network.edges]
    return "\n".join([*lines, "}"]) + "\n"


def _inside(network: Network, cluster: Cluster | None, depth: int) -> list[str]:
    """The nodes of a cluster, and the clusters in it."""
    pad = "  " * depth
    lines = [pad + _node(n) for n in network.nodes if n.cluster is cluster]
    for inner in clusters(network):
        if inner.outer is cluster:
            style = "labeljust=l style=rounded color=grey60 fontcolor=grey30"
            lines += [f"{pad}subgraph {inner.key} {{"]
            lines += [f"{pad}  graph [label={quoted(inner.label)} {style}]"]
            lines += [*_inside(network, inner, depth + 1), f"{pad}}}"]
    return lines


def clusters(network: Network) -> list[Cluster]:
    """Every cluster of a graph once, outer before inner, in the order of their nodes."""
    found: dict[Cluster, None] = {}
    for node in network.nodes:
        chain = []
        cluster = node.cluster
        while cluster is not None:
            chain.append(cluster)
            cluster = cluster.outer
        found.update(dict.fromkeys(reversed(chain)))
    return list(found)


def _node(node: Node) -> str:
    style = STYLES[node.kind]
    if not node.active and node.kind not in ("constant", "root"):
        style += f" {HELD}"
    label = r"\n".join(escaped(line) for line in text_of(node))
    return f'{node.key} [label="{label}" {style}]'


def text_of(node: Node) -> list[str]:
    """The lines of a node: what it is, what its value is called and is, and its gradient."""
    lines = [node.label]
    if node.is_rooted:
        return lines  # the root below has the rest
    named = node.name if node.name != node.label else ""
    if node.value is not MISSING:
        value = brief(node.value, ENTRIES)
        lines.append(f"{named} = {value}" if named else value)
    elif named:
        lines.append(named)
    if node.gradient is not MISSING:
        lines.append(f"∂ {brief(node.gradient, ENTRIES)}")
    return lines


def _edge(edge: Edge) -> str:
    marks = []
    if edge.cut:
        marks.append(f'style=dashed color="{CUT}" fontcolor="{CUT}" label="  cut" arrowhead=tee')
    elif not (edge.source.active and (edge.target.active or edge.target.kind == "root")):
        marks.append("color=grey60")
    if edge.back:
        marks.append("constraint=false style=dashed")
    return f"  {edge.source.key} -> {edge.target.key}" + (f" [{' '.join(marks)}]" if marks else "")


def quoted(text: str) -> str:
    return f'"{escaped(text)}"'


def escaped(text: str) -> str:
    """Text between the quotes of a label."""
    return text.replace("\\", "\\\\").replace('"', '\\"')
