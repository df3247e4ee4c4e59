"""A cotangent that a loop or a branch only hands on: it is what it was before."""

from __future__ import annotations

from chainrule.ir import primitives
from chainrule.ir.form import Atom, Block, Function, If, Loop, Op, Statement, Value
from chainrule.ir.rewrite import Replaced, rewrite, with_body


def settle_carries(function: Function) -> Function:
    """The function without the carries that no turn changes, and the joins of one thing."""
    settler = _Settler()
    settled = with_body(function, settler.block(function.body))
    return rewrite(settled, lambda op, _: [op], settler.final())


class _Settler:
    def __init__(self) -> None:
        self.replaced: Replaced = {}
        self.backward = False

    def now(self, atom: Atom) -> Atom:
        while isinstance(atom, Value) and atom in self.replaced:
            atom = self.replaced[atom]
        return atom

    def final(self) -> Replaced:
        return {v: self.now(v) for v in self.replaced}

    def block(self, block: Block) -> Block:
        return Block(block.params, tuple(map(self._statement, block.statements)), block.results)

    def _statement(self, s: Statement) -> Statement:
        if isinstance(s, Op):
            self.backward = self.backward or s.function is primitives.line
            return s
        if isinstance(s, If):
            return self._if(s)
        return self._loop(s)

    def _if(self, s: If) -> If:
        then, orelse = self.block(s.then), self.block(s.orelse)
        ends = [*zip(s.results, map(self.now, then.results), map(self.now, orelse.results))]
        same = [self._may_go(r) and a is b and isinstance(a, Value) for r, a, b in ends]
        self.replaced.update((r, a) for (r, a, _), gone in zip(ends, same) if gone)
        left = [e for e, gone in zip(ends, same) if not gone]
        return If(
            s.test,
            Block((), then.statements, tuple(a for _, a, _ in left)),
            Block((), orelse.statements, tuple(b for _, _, b in left)),
            tuple(r for r, _, _ in left),
            s.place,
            s.spelling,
            s.answers,
        )

    def _loop(self, s: Loop) -> Loop:
        body, count = self.block(s.body), len(s.carries)
        same = [
            self._may_go(c) and self._may_go(r) and self.now(following) is c
            for c, following, r in zip(s.carries, body.results, s.results)
        ]
        for c, init, r, gone in zip(s.carries, s.inits, s.results, same):
            if gone:
                self.replaced[c] = self.replaced[r] = init
        stays = [not gone for gone in same]
        carries = [c for c, stay in zip(s.carries, stays) if stay]
        stays += [True] * (len(s.results) - count)
        return Loop(
            s.sources,
            tuple(i for i, stay in zip(s.inits, stays) if stay),
            s.test,
            Block(
                (*s.items, *carries),
                body.statements,
                tuple(r for r, stay in zip(body.results, stays) if stay),
            ),
            tuple(r for r, stay in zip(s.results, stays) if stay),
            s.count,
            s.limit,
            s.backward,
            s.place,
            s.spelling,
            s.answers,
        )

    def _may_go(self, value: Value) -> bool:
        return self.backward and value.role == "cotangent"
