"""The forms and texts of a derivative: what reads source, and what one from disk never imports."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chainrule import errors, pipeline
from chainrule.asked import asked
from chainrule.autodiff.nest import at_seed, gradient_form
from chainrule.autodiff.options import Options
from chainrule.backend.emit import Text
from chainrule.backend.head import with_head
from chainrule.backend.plan import Plan, plan_of
from chainrule.describe import docstring
from chainrule.frontend import source
from chainrule.frontend.frame import type_of_value
from chainrule.ir.form import Function
from chainrule.ir.types import FLOAT, UNKNOWN, Struct, Type

if TYPE_CHECKING:
    from chainrule.derivative import Derivative

Bound = Mapping[str, Any]


class Forms:
    """Makes the forms of one derivative, and their texts."""

    def __init__(self, d: Derivative[Any, Any]) -> None:
        self.d = d

    # For the types of a call

    def plan(self, bound: Bound) -> Plan:
        """The derivative for the types of these arguments."""
        _, adjoint = self.pair(types_of(bound), bound, self.seed_type())
        adjoint = pipeline.optimized(adjoint)
        adjoint.facts["typed"] = set(bound)
        text = pipeline.text(adjoint, docstring(self.d, adjoint), guarded=True)
        return plan_of(adjoint, text, bound)

    def plan_of_pair(self, bound: Bound) -> Plan:
        """The forward part for these arguments, which returns the backward part as a function."""
        _, adjoint = self.pair(types_of(bound), bound, None, of_any_shape=True)
        form = pipeline.split(adjoint)
        return plan_of(form, pipeline.text(form, ""), bound)

    def of_call(self, bound: dict[str, Any]) -> tuple[Function, Function, dict[str, Any]]:
        """The forms of function and adjoint for a call, and what each parameter is in it."""
        primal, adjoint = self.pair(types_of(bound), bound, self.seed_type())
        if self.d._has_seed:
            bound = {**bound, adjoint.params[-1].value.name: self.d._seed}
        return primal, adjoint, bound

    def seed_type(self) -> Type | None:
        return type_of_value(self.d._seed, "seed") if self.d._has_seed else None

    def pair(
        self,
        types_: Mapping[str, Type],
        examples: Bound,
        seed: Type | None,
        of_any_shape: bool = False,
    ) -> tuple[Function, Function]:
        """The form of the function and that of its adjoint, one chain-rule step a statement."""
        d = self.d
        primal, wanted = asked(
            self.primal(types_, examples), d.request, dict(examples), self.instance
        )
        default = UNKNOWN if of_any_shape else FLOAT
        options = Options(
            wanted, d.request.bare, d._kind.has_aux, default if seed is None else seed
        )
        return primal, pipeline.textbook(primal, options)

    def primal(self, types_: Mapping[str, Type], examples: Bound) -> Function:
        inner = self.d.target.inner
        if inner is None:
            return pipeline.primal(source.find(self.d.target.function), types_, examples)
        seed = inner._seed if inner._has_seed else 1.0
        if not isinstance(seed, float | int) or isinstance(seed, bool):
            raise errors.NotDifferentiable(
                "a derivative with a seed that is no number cannot be differentiated",
                help=["differentiate a weighted sum: grad(lambda x: np.sum(v * f(x)))"],
            )
        _, adjoint = inner.forms.pair(types_, examples, None)
        return gradient_form(
            pipeline.optimized(at_seed(adjoint, float(seed))),
            inner._kind.value,
            inner._kind.has_aux,
        )

    # Ahead of a call

    @functools.cached_property
    def annotated(self) -> tuple[Function, Function]:
        """The forms for the types that annotations promise."""
        return self.ahead({})

    @functools.cached_property
    def instance(self) -> Mapping[str, Type]:
        """What ``self`` is, if a gradient of it as a whole is asked."""
        from chainrule.annotations import of_instance

        whole = {p.root for p in self.d.request.paths if not p.steps}
        return {n: t for n, t in of_instance(self.d.target.function).items() if n in whole}

    def ahead(self, stated: Mapping[str, Type]) -> tuple[Function, Function]:
        """The forms for these types, and those that annotations promise for the rest."""
        from chainrule.annotations import annotated

        target = self.d.target
        records = {n: t for n, t in self.instance.items() if isinstance(t, Struct)}
        types_ = {**annotated(target.function), **records, **stated}
        names = inspect.signature(target.function, follow_wrapped=False).parameters
        known = dict(zip(names, target.before)) | dict(target.keywords)
        return self.pair(types_ | types_of(known), known, None)

    @functools.cached_property
    def texts(self) -> tuple[str, str]:
        """The optimized text and that of the textbook."""
        _, adjoint = self.annotated
        textbook = self.text(adjoint, True, False)
        return self.text(pipeline.optimized(adjoint), False, True), textbook

    def text(self, adjoint: Function, is_textbook: bool, guarded: bool) -> str:
        return with_head(self.written(adjoint, is_textbook, guarded), self.d.target.function)

    def written(self, adjoint: Function, is_textbook: bool, guarded: bool) -> Text:
        adjoint.facts["typed"] = {p.value.name for p in adjoint.params[:-1]}
        return pipeline.text(
            adjoint, docstring(self.d, adjoint), is_textbook=is_textbook, guarded=guarded
        )


def types_of(bound: Bound) -> dict[str, Type]:
    """The type of each argument."""
    return {name: type_of_value(v, name) for name, v in bound.items()}
