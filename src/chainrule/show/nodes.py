"""From a function of the form to the nodes and edges of its graph."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from chainrule.ir import primitives
from chainrule.ir.form import MISSING, Atom, Block, Function, If, Loop, Op, Statement, Value
from chainrule.ir.types import Opaque, Range
from chainrule.show.lines import EXPRESSIONS
from chainrule.show.symbols import path_text, symbol


@dataclass(eq=False)
class Cluster:
    """A box around the nodes of a branch or a loop, within another or in the page."""

    label: str
    outer: Cluster | None = None
    loops: int = 0
    key: str = ""


@dataclass(eq=False)
class Node:
    """A node: ``kind`` is leaf, constant, operation, carry, join or root.

    ``label`` is what it is, ``name`` what the user calls its value, ``held`` the value in the form,
    ``also`` those that are the same to a reader. It ``is_rooted`` if a root says the rest of it.
    """

    kind: str
    label: str
    name: str = ""
    held: Value | None = None
    cluster: Cluster | None = None
    also: list[Value] = field(default_factory=list)
    active: bool = False
    varies: bool = False
    value: Any = MISSING
    gradient: Any = MISSING
    is_rooted: bool = False
    key: str = ""


@dataclass(eq=False)
class Edge:
    """An edge: ``cut`` where a derivative ends, ``back`` where it goes to the next turn."""

    source: Node
    target: Node
    cut: bool = False
    back: bool = False


@dataclass
class Network:
    """All nodes and edges, in the order of the text."""

    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    roots: list[Node] = field(default_factory=list)


def build(function: Function, results: list[Atom]) -> Network:
    """The graph of a function, of what leads to its results."""
    builder = _Builder(function)
    builder.block(function.body, None)
    for result in results:
        builder.root(result)
    return pruned(builder.network)


def pruned(network: Network) -> Network:
    """What leads to a root, with keys in order."""
    before: dict[Node, list[Node]] = {}
    for edge in network.edges:
        before.setdefault(edge.target, []).append(edge.source)
    needed: set[Node] = set()
    stack = list(network.roots)
    while stack:
        node = stack.pop()
        if node not in needed:
            needed.add(node)
            stack += before.get(node, [])
    nodes = [n for n in network.nodes if n in needed]
    edges = [e for e in network.edges if e.source in needed and e.target in needed]
    clusters: dict[Cluster, None] = {}
    for i, node in enumerate(nodes):
        node.key = f"n{i}"
        cluster = node.cluster
        while cluster is not None:
            clusters[cluster] = None
            cluster = cluster.outer
    for i, cluster in enumerate(clusters):
        cluster.key = f"cluster_{i}"
    return Network(nodes, edges, network.roots)


class _Builder:
    def __init__(self, function: Function) -> None:
        self.function = function
        self.network = Network()
        self.at: dict[Value, Node] = {}
        for p in function.params:
            self.at[p.value] = self.node("leaf", p.value.name, p.value.name, p.value)
        for leaf in function.leaves:
            self.at[leaf.value] = self.node("leaf", path_text(leaf), path_text(leaf), leaf.value)

    def node(
        self,
        kind: str,
        label: str,
        name: str = "",
        held: Value | None = None,
        cluster: Cluster | None = None,
    ) -> Node:
        node = Node(kind, label, name, held, cluster)
        self.network.nodes.append(node)
        return node

    def join(self, source: Node | None, target: Node, back: bool = False) -> None:
        if source is not None:
            self.network.edges.append(Edge(source, target, back=back))

    def source(self, atom: Atom, cluster: Cluster | None) -> Node | None:
        """The node that an atom comes from; a number of its own for each constant."""
        if isinstance(atom, Value):
            return self.at.get(atom)
        if isinstance(atom.known, bool | int | float | complex):
            return self.node("constant", atom.text or repr(atom.known), cluster=cluster)
        return None

    def root(self, result: Atom) -> None:
        if result.parts is not None:
            for part in result.parts:
                self.root(part)
            return
        held = result if isinstance(result, Value) else None
        name = held.name if held is not None and held.name else self.function.name
        source = self.source(result, None)
        root = self.node("root", name, name, held)
        self.network.roots.append(root)
        self.join(source, root)
        if source is not None and source.kind == "operation":
            source.is_rooted = True

    def same(self, value: Value, node: Node) -> None:
        """Say that a value is what a node has already."""
        self.at[value] = node
        node.also.append(value)

    # Statements

    def block(self, block: Block, cluster: Cluster | None) -> None:
        for statement in block.statements:
            self.statement(statement, cluster)

    def statement(self, s: Statement, cluster: Cluster | None) -> None:
        if isinstance(s, Op):
            self.op(s, cluster)
        elif isinstance(s, If):
            self.branch(s, cluster)
        else:
            self.loop(s, cluster)

    def op(self, op: Op, cluster: Cluster | None) -> None:
        if op.function is primitives.assign:
            self.assign(op, cluster)
        elif op.function is primitives.unpack:
            for i, result in enumerate(op.results):
                self.operation(op, result, f"[{i}]", op.args, cluster)
        elif op.results:
            label, drawn = symbol(op)
            self.operation(op, op.results[0], label, drawn, cluster)

    def assign(self, op: Op, cluster: Cluster | None) -> None:
        """Another name for a value is no node; a name for a constant is one."""
        source = self.source(op.args[0], cluster)
        result = op.results[0]
        if source is not None:
            self.same(result, source)
            if source.kind == "constant" and not source.name:
                source.name, source.held = result.name, result

    def operation(
        self, op: Op, result: Value, label: str, drawn: tuple[Atom, ...], cluster: Cluster | None
    ) -> None:
        if (
            isinstance(result.type, Range)
            or isinstance(result.type, Opaque)
            and op.function is slice
        ):
            return
        sources = [self.source(a, cluster) for a in drawn]
        node = self.node("operation", label, result.name, result, cluster)
        self.at[result] = node
        for source in sources:
            self.join(source, node)

    def branch(self, s: If, cluster: Cluster | None) -> None:
        boxed = s.spelling not in (*EXPRESSIONS, "guard")
        said = s.place.text.strip().rstrip(":") if boxed and s.place is not None else "if"
        for block, label in ((s.then, said), (s.orelse, "else")):
            loops = cluster.loops if cluster else 0
            self.block(block, Cluster(label, cluster, loops) if boxed else cluster)
        for result, one, other in zip(s.results, s.then.results, s.orelse.results):
            sources = [self.source(a, cluster) for a in (one, other)]
            found = list(dict.fromkeys(n for n in sources if n is not None))
            if len(found) == 1:
                self.same(result, found[0])
            elif found:
                self.at[result] = node = self.node("join", "if", result.name, result, cluster)
                for source in found:
                    self.join(source, node)

    def loop(self, s: Loop, cluster: Cluster | None) -> None:
        said = s.place.text.strip().rstrip(":") if s.place is not None else "loop"
        box = Cluster(said, cluster, (cluster.loops if cluster else 0) + 1)
        for source, item in zip(s.sources, s.items):
            self.item(source, item, box)
        for carry, init, following in zip(s.carries, s.inits, s.body.results):
            before = self.source(init, cluster)
            if following is carry and before is not None:
                self.at[carry] = before
                continue
            self.at[carry] = node = self.node("carry", carry.name, carry.name, carry, box)
            self.join(before, node)
        self.block(s.body, box)
        for i, (result, following) in enumerate(zip(s.results, s.body.results)):
            end = self.source(following, box)
            if i < len(s.carries):
                carry = s.carries[i]
                if end is not None and end is not self.at[carry] and following is not carry:
                    self.join(end, self.at[carry], back=True)
                end = end or self.at[carry]
            if end is not None:
                self.same(result, end)

    def item(self, source: Atom, item: Value, box: Cluster) -> None:
        walked = self.source(source, box) if not isinstance(source.type, Range) else None
        kind = "operation" if walked is not None else "constant"
        label = f"each {item.name}".rstrip() if walked is not None else item.name
        self.at[item] = node = self.node(kind, label, item.name, item, box)
        self.join(walked, node)
