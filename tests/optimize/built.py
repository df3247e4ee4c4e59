"""Forms built statement by statement: what no function of a user's leads to easily."""

from chainrule.analysis.builder import Builder
from chainrule.ir import primitives
from chainrule.ir.form import Block, Function, Param, Value


class Built:
    """A function in the making: parameters by type, then a line, then what is called."""

    def __init__(self, **types):
        self.params = [Value(name, t, "user") for name, t in types.items()]
        self.builder = Builder()
        self.builder.effect(primitives.line)

    def __getitem__(self, name):
        return next(p for p in self.params if p.name == name)

    def op(self, function, *args, name="", role="temporary", **kwargs):
        return self.builder.op(function, *args, name=name, role=role, **kwargs)

    def returning(self, *results):
        result = results[0]
        if len(results) > 1:
            result = self.op(primitives.make_tuple, *results)
        body = Block((), tuple(self.builder.statements), (result,))
        params = tuple(Param(p, None) for p in self.params)
        facts = {"names": frozenset(p.name for p in self.params)}
        return Function("built", params, (), body, None, facts)
