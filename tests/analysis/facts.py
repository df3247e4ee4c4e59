"""Values of a form, by the name that the user gave them."""

from chainrule.ir.form import Loop, defined, walk


def values(function):
    """Every value of a form, in the order of the text."""
    found = [p.value for p in function.params]
    for s in walk(function.body):
        found += [*(s.body.params if isinstance(s, Loop) else ()), *defined(s)]
    return found


def named(function, name):
    """The values with a name, in the order of the text."""
    return [v for v in values(function) if v.name == name]
