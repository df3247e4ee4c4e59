"""The text of a derivative: what a reader finds in it again, and that it is Python that gives the same."""

import ast
import re
import subprocess
import sys

import numpy as np
import pytest
from tests.autodiff.adjoints import backward, differences, forward, ran, text_of

import chainrule

V = np.array([1.0, 2.0, 3.0])


def commented(x, y):
    # first of all
    a = x * y  # a product
    # a loop
    # of two turns
    for i in range(2):
        # inside
        a = a * x  # grows
    if a > 1:
        # in a branch
        a = a - 1
    return a


def augmented(x, y):
    s = 0.0
    s += x * y
    s -= y
    s *= 2.0
    return s


def chosen(x):
    if x > 3:
        y = x
    elif x > 2:
        y = x * x
    elif x > 1:
        y = x * 3.0
    else:
        y = 1.0
    return y * x


def strict(x):
    if x < 0:
        raise ValueError("negative")
    y = x * x
    return y * x


def stopped(x, n):
    s = x
    for i in range(n):
        if s > 3:
            s = s * 2
            break
        s = s * x
    return s


def settled(x, n):
    s = x
    for i in range(n):
        s = s * x
        if s > 5:
            break
    else:
        s = s - x
    return s


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def scaled(x, rate, n):
    for i in range(n):
        x = x * rate
    return x


def written(x):
    y = np.zeros(3)
    y[0] = x[0] * x[1]
    y[1:] += y[0] * x[2]
    return np.sum(y * y)


FUNCTIONS = [
    (commented, (1.5, 2.0)),
    (augmented, (1.5, 2.0)),
    (chosen, (2.5,)),
    (strict, (2.5,)),
    (stopped, (1.5, 9)),
    (settled, (1.5, 9)),
    (sigmoid, (0.5,)),
    (scaled, (2.0, 0.5, 3)),
    (written, (V,)),
]


@pytest.mark.parametrize(("f", "args"), FUNCTIONS)
def test_it_is_python_with_two_headed_blocks(f, args):
    for textbook in (False, True):
        text = text_of(f, *args, textbook=textbook)
        (function,) = ast.parse(text).body
        assert function.name == f"{f.__name__}_adjoint"
        assert [a.arg for a in function.args.kwonlyargs] == ["seed"]
        assert text.count("    # Forward\n") == text.count("\n\n    # Backward\n") == 1
        assert isinstance(function.body[-1], ast.Return)


@pytest.mark.parametrize(("f", "args"), FUNCTIONS)
def test_it_gives_value_and_gradient(f, args):
    for textbook in (False, True):
        value, gradient = ran(f, *args, textbook=textbook)
        assert value == f(*args)
        np.testing.assert_allclose(gradient, differences(f, args, 0), rtol=1e-6)


@pytest.mark.parametrize(("f", "args"), FUNCTIONS)
def test_it_is_the_same_every_time(f, args):
    assert text_of(f, *args) == text_of(f, *args)
    assert not re.search(r"0x[0-9a-f]{6}|\bline \d|\bat \d{5}", text_of(f, *args))


def test_it_is_the_same_whatever_the_hashes(tmp_path):
    module = tmp_path / "hashed.py"
    module.write_text(
        "import numpy as np\nimport chainrule\n\n"
        "def f(x, y, z, n):\n    s = x\n    for i in range(n):\n"
        "        s = s * y + np.sin(z)\n        z = z * s\n    return s * z\n\n"
        "print(chainrule.grad(f, ...).source)\n"
    )
    texts = {
        subprocess.run(
            [sys.executable, str(module)],
            env={
                "PYTHONHASHSEED": seed,
                "PYTHONPATH": ":".join(sys.path),
                "CHAINRULE_CACHE_DIR": "",
            },
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    }
    assert len(texts) == 1


def test_where_a_function_stands_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    body = "def f(x):\n    y = x * x\n    return y * x\n"
    (tmp_path / "stands_high.py").write_text(body)
    (tmp_path / "stands_low.py").write_text("\n" * 40 + body)
    import stands_high
    import stands_low

    assert chainrule.grad(stands_high.f).source == chainrule.grad(stands_low.f).source


def test_comments_survive_in_their_places():
    lines = [line.strip() for line in forward(text_of(commented, 1.5, 2.0)).splitlines()]
    at = lines.index
    assert lines[at("# first of all") + 1] == "a = x * y  # a product"
    assert lines[at("# a loop") + 1] == "# of two turns"
    assert lines[at("# of two turns") + 1] == "for i in range(2):"
    assert "a = a * x  # grows" in lines
    assert at("# inside") < at("a = a * x  # grows")
    assert lines[at("# in a branch") + 1] == "a = a - 1"
    assert "# grows" not in backward(text_of(commented, 1.5, 2.0))


def test_augmented_assignment_stays():
    lines = forward(text_of(augmented, 1.5, 2.0)).splitlines()
    assert lines == [
        "    s = 0.0",
        "    s += x * y",
        "    s -= y",
        "    s *= 2.0",
    ]
    for line in ("y[0] = a * b", "y[1:] += e * f"):
        assert f"    {line}\n" in forward(text_of(written, V)) + "\n"


def test_chains_of_elif_stay():
    text = forward(text_of(chosen, 2.5))
    assert text.count("    elif x > ") == 2
    assert text.count("    else:\n") == 1
    assert not re.search(r"\n {8,}if ", text)


def test_what_follows_a_raise_is_not_indented():
    lines = forward(text_of(strict, 2.5)).splitlines()
    assert lines[:3] == ["    if x < 0:", '        raise ValueError("negative")', "    y = x * x"]


def test_what_follows_a_break_is_not_indented():
    lines = forward(text_of(stopped, 1.5, 9)).splitlines()
    at = lines.index("            break")
    assert lines[at - 2 : at + 2] == [
        "        if s > 3:",
        "            s = s * 2",
        "            break",
        "        s = s * x",
    ]


def skipping(x):
    s = 0.0
    for i in range(len(x)):
        if i == 2:
            # not this one
            continue  # really
        s += x[i] ** 2
    return s


def guarding(x, n):
    s, k = 1.0, 0
    for i in range(n):
        if i > 0:
            if i == 3:
                continue
            s = s + x
            if i == 5:
                s = s + 1.0
                break  # enough
        k = k + 1
    return s * k


def test_a_continue_comes_back_with_its_comments():
    lines = [line.strip() for line in forward(text_of(skipping, V)).splitlines()]
    at = lines.index("if i == 2:")
    assert lines[at + 1 : at + 4] == ["# not this one", "continue  # really", "s += x[i] ** 2"]
    np.testing.assert_allclose(ran(skipping, V)[1], differences(skipping, (V,), 0), atol=1e-8)


def test_what_a_branch_that_may_jump_is_followed_by_needs_no_flag():
    text = forward(text_of(guarding, 1.5, 9, wrt=(0,)))
    assert text.count("continue") == text.count("break  # enough") == 1
    assert "leave" not in text
    for n in (0, 1, 3, 4, 5, 9):
        value, gradient = ran(guarding, 1.5, n)
        assert value == guarding(1.5, n)
        np.testing.assert_allclose(gradient, differences(guarding, (1.5, n), 0), atol=1e-8)


def test_the_else_of_a_loop_comes_back():
    def ended(x):
        for i in range(10):
            x = x * 0.9
            if x < 0.4:
                break
        else:
            x = x + 1.0
        return x

    text = forward(text_of(ended, 1.5))
    assert "    else:\n        x = x + 1.0" in text and "broken" not in text
    for x in (0.5, 1.5):
        assert ran(ended, x)[0] == ended(x)
        np.testing.assert_allclose(ran(ended, x)[1], differences(ended, (x,), 0), rtol=1e-7)


def test_mirrors_of_elif_are_elif():
    text = backward(text_of(chosen, 2.5))
    assert text.count("    elif x > ") == 2 and "# elif" not in text
    assert not re.search(r"\n {8,}if ", text)


def test_a_return_in_a_loop_breaks_with_the_result():
    def early(x, n):
        for i in range(n):
            x = x * 2.0
            if x > 5.0:
                return x * x
        return x

    lines = forward(text_of(early, 1.5, 9)).splitlines()
    at = lines.index("            result = x * x")
    assert "break" in lines[at + 1] or "break" in lines[at + 2]
    for n in (0, 1, 9):
        assert ran(early, 1.5, n) == (early(1.5, n), differences(early, (1.5, n), 0).round(6))


def test_the_else_of_a_loop_runs_where_it_did():
    for n in (0, 1, 3, 9):
        value, gradient = ran(settled, 1.5, n)
        assert value == settled(1.5, n)
        np.testing.assert_allclose(gradient, differences(settled, (1.5, n), 0), rtol=1e-7)
    lines = forward(text_of(settled, 1.5, 9)).splitlines()
    assert sum(line == "        s = s - x" for line in lines) == 1


def test_a_branch_that_only_its_other_side_fills_is_turned_round():
    def passed(x, n):
        s = x
        for i in range(n):
            if i == 2:
                pass
            else:
                s = s * x
        return s

    text = forward(text_of(passed, 1.5, 4))
    assert "if i != 2:" in text and "else" not in text


def test_a_side_of_which_only_a_comment_is_left_is_not_written():
    def chosen(x, y, p):
        if np.sum(x) > 0.4:
            if np.mean(x) > 0.4 and p > 0.3:
                p = p + 0.5
            else:
                y = y * 1.0
        for _ in range(2):
            if np.tanh(np.sum(x)) > 0.4:
                x = x * 1.0
            else:
                p = np.sum(y)
        return p

    for x in (np.array([0.1, 0.2]), np.array([0.5, 0.7])):
        args = x, np.array([0.3, 0.2]), 0.5
        for i, found in enumerate(ran(chosen, *args, wrt=(0, 1, 2))[1]):
            np.testing.assert_allclose(found, differences(chosen, args, i), atol=1e-9)


def test_backward_groups_quote_what_they_answer():
    text = backward(text_of(scaled, 2.0, 0.5, 3, wrt=(0, 1)))
    assert "    # for i in range(n):\n" in text
    assert "        # x = x * rate\n" in text
    text = backward(text_of(chosen, 2.5))
    assert "# if x > 3:" in text and "# y = x * x" in text and "# y = x * 3.0" in text


def test_the_textbook_says_the_step_beside_each_step():
    text = backward(text_of(sigmoid, 0.5, textbook=True))
    for line in text.splitlines()[1:-1]:
        assert re.fullmatch(r"    d\w+ [+=]+ .+  # \w = .+", line), line


def test_steps_have_letters_in_the_order_of_evaluation():
    text = forward(text_of(sigmoid, 0.5, textbook=True))
    assert re.findall(r"^    (\w) =", text, re.M) == ["a", "b", "c", "d"]


def test_letters_avoid_the_users_names():
    def named(a, c):
        return np.sin(a * c) * np.cos(a) * c

    text = text_of(named, 1.0, 2.0, textbook=True)
    made = re.findall(r"^    (\w) =", forward(text), re.M)
    assert made and not {"a", "c", "l"} & set(made)


def plain(x, y):
    s = x * y
    return s * s


def spacing(x, dy):
    s = x * dy
    return s * s


def two(x, dx):
    s = x * dx
    return s * s


def three(x, dx, d_x):
    s = x * dx * d_x
    return s * s


@pytest.mark.parametrize(
    ("f", "prefix"), [(plain, "d"), (spacing, "d"), (two, "d_"), (three, "adj_")]
)
def test_one_prefix_for_all_that_collides_with_nothing(f, prefix):
    args = (1.5, 2.0, 3.0)[: f.__code__.co_argcount]
    wrt = range(len(args))
    lines = backward(text_of(f, *args, wrt=wrt, textbook=True)).splitlines()
    assert lines[1].startswith(f"    {prefix}s = ")
    made = {line.split()[0] for line in lines if line.startswith("    ") and " = " in line}
    assert all(name.startswith(prefix) for name in made)
    value, gradients = ran(f, *args, wrt=wrt)
    assert value == f(*args)
    for i, g in enumerate(gradients):
        np.testing.assert_allclose(g, differences(f, args, i), rtol=1e-7)


def test_the_seed_gives_way_to_the_users_seed():
    def sown(x, seed):
        return x * seed

    text = text_of(sown, 1.0, 2.0)
    assert "(x, seed, *, seed_=1.0)" in text
    assert ran(sown, 1.0, 2.0) == (2.0, 2.0)


def test_defaults_annotations_and_kinds_of_parameters_stay():
    def signed(x: float, /, n: int = 2, *more, flag: bool = True, **rest):
        return x * n if flag else x

    text = text_of(signed, 1.0)
    assert "(x: float, /, n: int = 2, *more, flag: bool = True, seed=1.0, **rest)" in text


def test_nothing_asked_costs_nothing():
    def frozen(x, w):
        for i in range(3):
            w = w * w
        return x * w

    text = text_of(frozen, 1.5, 2.0)
    assert "_saved" not in text and "dw" not in text
    assert "for" not in backward(text)


def test_a_cut_gradient_is_zero():
    def cut(x):
        return float(int(x)) * 2.0

    assert ran(cut, 1.5) == (2.0, 0.0)


def test_what_is_long_is_broken_into_steps():
    def lengthy(x, y):
        return x * y * x * y * x * y + np.sin(x) * np.cos(y) * np.exp(x * y) * np.tanh(x)

    text = text_of(lengthy, 1.0, 2.0, wrt=(0, 1))
    assert max(map(len, backward(text).replace("# ", "", 1).splitlines())) <= 120
    for i, g in enumerate(ran(lengthy, 1.0, 2.0, wrt=(0, 1))[1]):
        np.testing.assert_allclose(g, differences(lengthy, (1.0, 2.0), i), rtol=1e-7)
