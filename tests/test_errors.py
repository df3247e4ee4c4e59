"""Refusals: how they look, what they are, and that every page of the catalogue tells the truth."""

import copy
import importlib.util
import os
import pathlib
import pickle
import subprocess
import sys
import textwrap
from dataclasses import dataclass

import pytest

from chainrule import catalogue, errors
from chainrule.diagnostics import shown_path


@dataclass
class Span:
    file: str
    line: int
    column: int
    end_column: int | None
    text: str


def span_of(part, *lines, line=1):
    """The place of ``part`` in the line with that number."""
    column = lines[line - 1].index(part) + 1
    return Span("/elsewhere/model.py", line, column, column + len(part), lines[line - 1])


def shown(text):
    return textwrap.dedent(text).strip("\n")


def test_the_line_the_carets_the_note_and_the_ways_out():
    lines = ["", "    y = gamma(x) + 1"]
    error = errors.NoRule(
        "no derivative rule for scipy.special.gamma",
        span_of("gamma(x)", *lines, line=2),
        note="x is differentiated (argument of loss, line 11)",
        help=[
            "register one:   @chainrule.adjoint(gamma)\n"
            "                def gamma_adjoint(g, ans, x): return g * ans * digamma(x)",
            "or hold it constant: chainrule.stop_gradient(gamma(x))",
        ],
    )
    assert str(error) == shown(
        """
        /elsewhere/model.py:2:9: CR103 no derivative rule for scipy.special.gamma
            2 |     y = gamma(x) + 1
              |         ^^^^^^^^ x is differentiated (argument of loss, line 11)
         help: register one:   @chainrule.adjoint(gamma)
                               def gamma_adjoint(g, ans, x): return g * ans * digamma(x)
         help: or hold it constant: chainrule.stop_gradient(gamma(x))
        """
    )


def test_without_a_place():
    error = errors.WrtAndArgnums("both wrt and argnums", note="two names", help=["use wrt"])
    assert str(error) == "CR109 both wrt and argnums\n note: two names\n help: use wrt"


def test_a_note_of_several_lines_is_aligned():
    place = span_of("f(x)", "y = f(x)")
    error = errors.NoRule("no rule", place, note="x is differentiated\nby way of y")
    assert str(error).splitlines()[1:] == [
        "    1 | y = f(x)",
        "      |     ^^^^ x is differentiated",
        "      |          by way of y",
    ]


@pytest.mark.parametrize(
    "line, part, marks",
    [
        ("été = f(x)", "f(x)", "      ^^^^"),
        ("x = '日本' + f(y)", "f(y)", "             ^^^^"),
        ("y = é(x) + 1", "é(x)", "    ^^^^"),
        ("e\u0301t = f(x)", "f(x)", "     ^^^^"),
        ("\ty = f(x)", "f(x)", "\t    ^^^^"),
        ("s = '日本'", "'日本'", "    ^^^^^^"),
    ],
)
def test_carets_stand_under_what_is_meant(line, part, marks):
    error = errors.NoRule("no rule", span_of(part, line))
    assert str(error).splitlines()[2] == "      | " + marks
    assert f":1:{line.index(part) + 1}: " in str(error)


def test_a_span_of_several_lines_shows_the_first():
    place = Span("<stdin>", 1, 5, None, "y = f(  ")
    assert str(errors.NoRule("no rule", place)).splitlines() == [
        "<stdin>:1:5: CR103 no rule",
        "    1 | y = f(",
        "      |     ^^",
    ]


@pytest.mark.parametrize("column, end", [(4, 4), (10, 13)])
def test_there_is_a_caret_even_where_the_span_is_empty_or_past_the_end(column, end):
    place = Span("m.py", 1, column, end, "y = x")
    assert str(errors.NoRule("no rule", place)).count("^") == 1


def test_a_line_that_is_gone_shows_its_number_alone():
    place = Span("m.py", 7, 1, 4, "")
    error = errors.NoRule("no rule", place, note="why")
    assert str(error) == "m.py:7:1: CR103 no rule\n note: why"


def test_files_below_the_current_folder_are_relative(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert shown_path(str(tmp_path / "a" / "b.py")) == os.path.join("a", "b.py")
    assert shown_path(str(tmp_path.parent / "b.py")) == str(tmp_path.parent / "b.py")
    assert shown_path(str(tmp_path / "..b" / "b.py")) == os.path.join("..b", "b.py")
    assert shown_path("<ipython-input-1>") == "<ipython-input-1>"


def test_problems_of_one_kind_stay_of_that_kind_sorted_by_line():
    lines = ["a = f(x)", "b = g(x)"]
    second = errors.NoRule("no rule for g", span_of("g(x)", *lines, line=2))
    first = errors.NoRule("no rule for f", span_of("f(x)", *lines))
    both = errors.combine([second, first, second])
    assert type(both) is errors.NoRule
    assert [d.line for d in both.diagnostics] == [1, 2]
    assert str(both) == f"{first}\n{second}"


def test_problems_of_several_kinds():
    one = errors.NoRule("no rule for f", span_of("f(x)", "", "a = f(x)", line=2))
    other = errors.UnsupportedStatement("global", span_of("global t", "global t"))
    placeless = errors.CannotBuild("a closure")
    every = errors.combine([placeless, one, other])
    assert isinstance(every, errors.SeveralProblems)
    assert isinstance(every, SyntaxError) and isinstance(every, NotImplementedError)
    assert str(every) == f"CR100 3 problems\n{other}\n{one}\n{placeless}"
    assert errors.combine([one]) is one
    again = errors.combine([every, errors.CallMismatch("too many")])
    assert [d.code for d in again.diagnostics] == ["CR105", "CR103", "CR107", "CR118"]


@pytest.mark.parametrize("kind", catalogue.classes().values(), ids=catalogue.codes())
def test_every_kind_survives_pickle_and_copy(kind):
    error = kind("what", span_of("f(x)", "é = f(x)"), note="why", help=["so"])
    for twin in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
        assert type(twin) is kind and str(twin) == str(error)
    assert isinstance(error, errors.ChainruleError) and str(error)


def test_an_uncaught_refusal_of_text_shows_the_whole(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from chainrule import errors\n"
        "raise errors.UnsupportedStatement('global is not supported', help=['return it'])\n"
    )
    run = subprocess.run([sys.executable, script], capture_output=True, text=True)
    assert "CR105 global is not supported\n help: return it\n" in run.stderr


def test_codes_are_known_and_stable():
    assert catalogue.codes() == [f"CR{n}" for n in range(100, 121)]
    assert catalogue.classes()["CR103"] is errors.NoRule


def test_a_page_says_whose_it_is():
    for code, kind in catalogue.classes().items():
        title, _, summary = catalogue.explain(code).splitlines()[:3]
        builtins = [
            base.__name__
            for base in kind.__mro__
            if base.__module__ == "builtins" and base not in (*Exception.__mro__, RuntimeError)
        ]
        assert builtins, kind
        assert title == f"{code} {kind.__name__} ({', '.join(builtins)})"
        assert kind.__doc__ and summary in kind.__doc__


def test_explain_takes_a_code_as_it_is_typed():
    assert catalogue.explain(" cr103\n") == catalogue.explain("CR103")
    with pytest.raises(ValueError, match="there is no code 'CR999'; there are CR100, "):
        catalogue.explain("CR999")


@pytest.fixture
def run_module(tmp_path, monkeypatch):
    """Import a text as a module of its own, from a file, and leave nothing behind."""
    monkeypatch.setattr(sys, "path", [*sys.path])

    def run(name, text):
        file = pathlib.Path(tmp_path, f"{name}.py")
        file.write_text(text)
        spec = importlib.util.spec_from_file_location(name, file)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        sys.modules.pop("edited_model", None)
        spec.loader.exec_module(module)

    yield run
    sys.modules.pop("edited_model", None)


@pytest.mark.parametrize("code", [code for code in catalogue.codes() if code != "CR118"])
def test_the_first_example_is_refused_and_the_second_is_not(code, run_module):
    refused, mended = catalogue.examples(code)
    with pytest.raises(catalogue.classes()[code]) as caught:
        run_module("refused_example", refused)
    assert f"{code} " in str(caught.value)
    run_module("mended_example", mended)


def test_the_file_that_cannot_be_built_and_the_one_that_can(tmp_path):
    command = [sys.executable, "-m", "chainrule", "build", "model.py:loss", "-o", "grads.py"]
    for text, status in zip(catalogue.examples("CR118"), (3, 0)):
        (tmp_path / "model.py").write_text(text)
        run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert (run.returncode, "CR118" in run.stderr) == (status, status == 3), run.stderr
