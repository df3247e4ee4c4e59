"""Where a simple statement may be broken, as a document."""

from __future__ import annotations

import ast

from chainrule.backend.layout.document import INSIDE, SOFT, Choice, Document, Group, Indent
from chainrule.backend.layout.expressions import if_broken_in_parentheses, joined
from chainrule.backend.layout.values import Need, Values


class Statements(Values):
    def document(self, node: ast.stmt) -> Document:
        body = self.statement(node)
        return [body, self.comment]

    def statement(self, node: ast.stmt) -> Document:
        line = self.source.line
        match node:
            case ast.Assign():
                return self.assign(node)
            case ast.AugAssign(target, _, value):
                operator = line[self.source.span(target)[1] + 1 : self.source.span(value)[0] - 1]
                return self.update(target, operator, value)
            case ast.AnnAssign(target, annotation, value):
                start, stop = self.source.span(annotation)
                head = line[:start]
                if value is None:
                    return [head, self.assigned(annotation)]
                if self.source.own_brackets(annotation) is not None:
                    return [head, self.right_to_left(annotation, "=", value)]
                return [head, self.to.expression(annotation, None), " = ", self.assigned(value)]
            case ast.Return(value):
                return self.returned(value)
            case ast.Expr(value):
                return self.alone(value)
            case ast.Assert(test, message):
                parts = ["assert ", self.value(test)]
                return parts if message is None else [*parts, ", ", self.aside(message)]
            case ast.Raise(error, cause):
                if error is None:
                    return line
                parts = ["raise ", self.value(error, preserve=True)]
                return (
                    parts if cause is None else [*parts, " from ", self.value(cause, preserve=True)]
                )
            case ast.Delete(targets):
                if len(targets) == 1:
                    return ["del ", self.deleted(targets[0])]
                entries = [self.to.expression(target, INSIDE) for target in targets]
                return ["del ", if_broken_in_parentheses(joined(entries))]
            case ast.ImportFrom():
                return self.imported(line)
        return line

    # Assignments.

    def assign(self, node: ast.Assign) -> Document:
        first, *others = node.targets
        if not others:
            return self.update(first, "=", node.value)
        parts: list[Document] = [self.to.expression(first, None), " = "]
        for target in others[:-1]:
            parts += (self.target(target), " = ")
        return [*parts, self.right_to_left(others[-1], "=", node.value)]

    def update(self, target: ast.expr, operator: str, value: ast.expr) -> Document:
        if isinstance(target, ast.Tuple) or self.source.own_brackets(target) is not None:
            return self.right_to_left(target, operator, value)
        return [self.to.expression(target, None), f" {operator} ", self.assigned(value)]

    def target(self, node: ast.expr) -> Document:
        """What is assigned to, or an annotation, right before the value."""
        if isinstance(node, ast.Tuple) or self.source.own_brackets(node) is not None:
            return self.to.expression(node, None)
        inner = node
        while isinstance(inner, ast.Attribute):
            inner = inner.value
            if self.source.brackets(inner) is not None:
                return self.to.expression(node, None)
        return if_broken_in_parentheses(self.to.bare(node, INSIDE))

    def right_to_left(self, left: ast.expr, operator: str, value: ast.expr) -> Document:
        """The value is broken before what stands left of it."""
        head: Document = [self.target(left), f" {operator} "]
        if isinstance(value, ast.UnaryOp) or self.need(value) is not Need.ROOM:
            return [head, self.assigned(value)]
        comment = self.take_comment() if self.is_word(value) else ""
        content: Document = [self.to.bare(value, None), comment]
        inside = Group([Indent([SOFT, content]), SOFT], expand=True)
        wrapped: Document = [head, "(", inside, ")"]
        variants: list[Document] = [[head, content], wrapped, [head, content]]
        if isinstance(value, ast.Call | ast.Subscript | ast.Attribute):
            variants.insert(1, [head, Group(content, expand=True)])
        return Choice(variants, head)

    # Simple statements.

    def returned(self, value: ast.expr | None) -> Document:
        if value is None:
            return "return"
        if isinstance(value, ast.Tuple) and value.elts and not self.source.has_parentheses(value):
            return ["return ", self.to.bare(value, None)]
        return ["return ", self.assigned(value)]

    def alone(self, value: ast.expr) -> Document:
        if isinstance(value, ast.BinOp | ast.BoolOp | ast.Compare):
            return self.value(value, preserve=True)
        return self.to.expression(value, None)

    def deleted(self, target: ast.expr) -> Document:
        if self.source.is_parenthesized(target):
            return self.to.expression(target, None)
        return self.value(target)

    def imported(self, line: str) -> Document:
        head, word, names = line.partition(" import ")
        if names == "*":
            return line
        return [head + word, if_broken_in_parentheses(joined(names.split(", "), one_too=True))]
