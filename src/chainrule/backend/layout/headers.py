"""Where the header of a compound statement may be broken, as a document."""

from __future__ import annotations

import ast

from chainrule.backend.layout.document import INSIDE, SOFT, Document, Group, Indent
from chainrule.backend.layout.expressions import if_broken_in_parentheses, joined
from chainrule.backend.layout.values import Need, Values


class Headers(Values):
    def document(self, node: ast.stmt) -> Document:
        return [self.header(node), self.comment]

    def header(self, node: ast.stmt) -> Document:
        match node:
            case ast.If(test):
                return ["if ", self.value(test), ":"]
            case ast.While(test):
                return ["while ", self.value(test), ":"]
            case ast.For(target, source) | ast.AsyncFor(target, source):
                word = "async for " if isinstance(node, ast.AsyncFor) else "for "
                return [word, self.loop_part(target), " in ", self.value(source), ":"]
            case ast.With(items) | ast.AsyncWith(items):
                word = "async with " if isinstance(node, ast.AsyncWith) else "with "
                return [word, self.items(items), ":"]
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return self.definition(node)
        return self.source.line

    def loop_part(self, node: ast.expr) -> Document:
        if isinstance(node, ast.Tuple) and node.elts and not self.source.has_parentheses(node):
            return self.sequence(node)
        return self.value(node)

    def items(self, items: list[ast.withitem]) -> Document:
        if len(items) > 1:
            return if_broken_in_parentheses(joined(self.item(item, INSIDE) for item in items))
        if items[0].optional_vars is None:
            return self.value(items[0].context_expr)
        mark = next(self.to.marks)
        return self.optional(self.item(items[0], mark), mark)

    def item(self, item: ast.withitem, level: int) -> Document:
        context = self.to.expression(item.context_expr, level)
        if item.optional_vars is None:
            return context
        return [context, " as ", self.to.expression(item.optional_vars, level)]

    def definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Document:
        line = self.source.line
        start = line.index("(")
        entries = self.parameters(node.args)
        parts: list[Document] = ["()"]
        if entries:  # they break with the whole header, before what is returned does
            listed = joined(entries, one_too=True)
            if len(entries) > 1:
                listed = Group(listed)
            parts = ["(", Indent([SOFT, listed]), SOFT, ")"]
        if node.returns is not None:
            parts += (" -> ", self.annotation(node.returns, bool(entries)))
        return [line[:start], Group(parts), ":"]

    def annotation(self, node: ast.expr, behind_parameters: bool) -> Document:
        """What a function returns."""
        if isinstance(node, ast.Subscript) and self.need(node) is Need.ROOM:
            return self.to.bare(node, None)
        return self.value(node) if behind_parameters else self.aside(node)

    def parameters(self, node: ast.arguments) -> list[Document]:
        """Each parameter, with its annotation and default, and the bare star and slash."""
        positional = [*node.posonlyargs, *node.args]
        missing: list[ast.expr | None] = [None] * (len(positional) - len(node.defaults))
        entries = [
            self.parameter("", each, default)
            for each, default in zip(positional, [*missing, *node.defaults])
        ]
        if node.posonlyargs:
            entries.insert(len(node.posonlyargs), "/")
        if node.vararg is not None:
            entries.append(self.parameter("*", node.vararg, None))
        elif node.kwonlyargs:
            entries.append("*")
        for each, keyword_default in zip(node.kwonlyargs, node.kw_defaults):
            entries.append(self.parameter("", each, keyword_default))
        if node.kwarg is not None:
            entries.append(self.parameter("**", node.kwarg, None))
        return entries

    def parameter(self, stars: str, node: ast.arg, default: ast.expr | None) -> Document:
        parts: list[Document] = [stars + node.arg]
        if node.annotation is not None:
            parts += (": ", self.to.expression(node.annotation, INSIDE))
        if default is not None:
            parts += (" = " if node.annotation is not None else "=",)
            parts.append(self.to.expression(default, INSIDE))
        return parts
