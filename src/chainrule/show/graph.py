"""The computational graph of a function, with values and gradients where a call is given."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chainrule.analysis.activity import Node as Active
from chainrule.analysis.activity import dependencies, reach
from chainrule.autodiff.options import Asked
from chainrule.ir.form import MISSING, Function, Loop, Value, blocks, defined
from chainrule.ir.types import differentiable
from chainrule.show import dot, mermaid, svg, tree
from chainrule.show.nodes import Network, Node, build
from chainrule.show.recording import Recording, activity_of, asked_of, outputs, record, values_of
from chainrule.show.trace import SEEDING


class Graph:
    """The graph of a function, to be drawn in several ways.

    ``dot()``, ``mermaid()`` and ``text()`` need nothing; ``svg()`` needs the extra ``viz``.
    """

    def __init__(self, name: str, network: Network) -> None:
        self.name, self.network = name, network

    @property
    def nodes(self) -> list[Node]:
        return self.network.nodes

    def __repr__(self) -> str:
        return f"<graph of {self.name}, {len(self.network.nodes)} nodes>"

    def __str__(self) -> str:
        return self.text()

    def dot(self) -> str:
        """The graph in the language of Graphviz."""
        return dot.write(self.name, self.network)

    def mermaid(self) -> str:
        """The graph as a flowchart of Mermaid, which GitHub and notebooks draw."""
        return mermaid.write(self.network)

    def text(self) -> str:
        """A drawing for terminals: each value above those that it is made of."""
        return tree.write(self.network)

    def svg(self) -> str:
        """The graph as a picture.

        Raises
        ------
        ImportError
            If the extra ``viz`` is not installed.
        """
        return svg.draw(self.dot())

    def save(self, path: str | Path) -> Path:
        """Write the graph to a file; its suffix, .svg, .dot or .mmd, says how.

        Raises
        ------
        ValueError
            If the suffix is another one.
        """
        path = Path(path)
        writers = {".svg": self.svg, ".dot": self.dot, ".mmd": self.mermaid}
        if path.suffix not in writers:
            raise ValueError(f"{path.name}: a graph is saved as .svg, .dot or .mmd")
        path.write_text(writers[path.suffix](), encoding="utf-8")
        return path

    def _repr_svg_(self) -> str | None:
        return self.svg() if svg.is_available() else None

    def _repr_markdown_(self) -> str:
        return f"```mermaid\n{self.mermaid()}```"


def graph(
    primal: Function, adjoint: Function | None = None, arguments: Mapping[str, Any] | None = None
) -> Graph:
    """The graph of a function.

    Parameters
    ----------
    primal
        The function.
    adjoint
        Its adjoint, which says what is asked; without one, every parameter is.
    arguments
        Those of a call, by parameter: values and gradients stand in the nodes then.
    """
    has_aux = adjoint is not None and adjoint.facts["options"].has_aux
    network = build(primal, outputs(primal, has_aux))
    _mark(network, primal, adjoint)
    if adjoint is not None and arguments is not None:
        _fill(network, primal, record(adjoint, arguments))
    return Graph(primal.name, network)


def _mark(network: Network, primal: Function, adjoint: Function | None) -> None:
    """Say which nodes carry a derivative, and which edges end one."""
    if adjoint is None:
        asked = [p.value for p in primal.params if differentiable(p.value.type)]
        asked += [x.value for x in primal.leaves if not x.free and differentiable(x.value.type)]
    else:
        asked = asked_of(adjoint)
    forward: dict[Active, list[Active]] = {}
    for source, result in dependencies(primal.body):
        forward.setdefault(source, []).append(result)
    varied = reach(asked, forward)
    active = varied if adjoint is None else activity_of(primal, adjoint)
    for node in network.nodes:
        node.varies = node.held in varied
        node.active = node.held in active
    for edge in network.edges:
        edge.cut = edge.source.varies and not edge.target.varies and edge.target.kind != "root"


def _fill(network: Network, primal: Function, recording: Recording) -> None:
    values = values_of(recording)
    values |= {p.value: recording.arguments.get(p.value.name, p.default) for p in primal.params}
    values |= leaf_values(primal, values)
    gradients = gradients_of(primal, recording)
    for node in network.nodes:
        held = [node.held, *node.also] if node.held is not None else []
        node.value = next((values[v] for v in held if v in values), MISSING)
        if node.active:
            node.gradient = next((gradients[v] for v in held if v in gradients), MISSING)


def leaf_values(primal: Function, values: Mapping[Value, Any]) -> dict[Value, Any]:
    """What each leaf is in a call."""
    from chainrule.ir.evaluate import read_leaf

    of_name = {p.value.name: values[p.value] for p in primal.params}
    return {leaf.value: read_leaf(primal, leaf, of_name) for leaf in primal.leaves}


def gradients_of(primal: Function, recording: Recording) -> dict[Value, Any]:
    """The cotangent of each value of the forward part, in loops at the last turn."""
    depth = _depths(primal)
    answers = recording.answers()
    seed = recording.adjoint.params[-1].value
    found: dict[Value, Any] = {}
    moment: dict[Value, tuple[int, ...]] = {}
    for event in recording.events:
        s = event.statement
        if s in answers:
            x = answers[s].operand
            turn = event.turns[: depth.get(x, 0)]
            if moment.setdefault(x, turn) == turn:
                found[x] = event.values[0]
        elif getattr(s, "function", None) in SEEDING and s.args[:1] == (seed,):  # type: ignore[union-attr]
            for result in outputs(primal):
                if isinstance(result, Value):
                    found[result] = event.values[0]
    _asked(recording, found)
    return found


def _asked(recording: Recording, found: dict[Value, Any]) -> None:
    """Put in what the call returned for what was asked."""
    options = recording.adjoint.facts["options"]
    gradients = recording.returned[1]
    pending: list[tuple[Asked, Any]] = list(
        zip(options.asked, (gradients,) if options.bare else gradients)
    )
    while pending:
        asked, gradient = pending.pop()
        if asked.value is not None and asked.kind is None:
            found[asked.value] = gradient
        for key, part in zip(asked.keys, asked.parts):
            inner = (
                gradient[key]
                if asked.kind in (dict, list, tuple)
                else getattr(gradient, str(key), None)
            )
            pending.append((part, inner))


def _depths(function: Function) -> dict[Value, int]:
    """How many loops each value is made in."""
    found: dict[Value, int] = {}
    stack = [(function.body, 0)]
    while stack:
        block, depth = stack.pop()
        found.update(dict.fromkeys(block.params, depth))
        for s in block.statements:
            found.update(dict.fromkeys(defined(s), depth))
            stack += [(inner, depth + isinstance(s, Loop)) for inner in blocks(s)]
    return found
