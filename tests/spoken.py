"""What a module may say, read from its source: every text that an expression can become."""

import ast
from collections.abc import Iterator
from itertools import product
from pathlib import Path

ROOT = Path(__file__).parents[1]
ANY = "x7"
"""Stands for a value."""


class Source:
    """A module, and the functions in it."""

    def __init__(self, path):
        self.path = path
        self.tree = ast.parse((ROOT / path).read_text())

    def returned(self, *functions) -> Iterator[str]:
        """Texts in what these functions give back."""
        for function in self._functions(*functions):
            for node in ast.walk(function):
                if isinstance(node, ast.Return) and node.value is not None:
                    whole = isinstance(node.value, ast.Tuple)
                    for value in node.value.elts if whole else (node.value,):
                        yield from texts(value, function)

    def said(self, *functions) -> Iterator[str]:
        """All texts of more than one word in these functions."""
        for function in self._functions(*functions):
            inner = {
                id(part)
                for each in ast.walk(function)
                if isinstance(each, ast.JoinedStr)
                for part in each.values
            }
            documented = ast.get_docstring(function, clean=False)
            for node in ast.walk(function):
                if isinstance(node, ast.JoinedStr | ast.Constant) and id(node) not in inner:
                    for text in texts(node, function):
                        if " " in text and text != documented:
                            yield text

    def given(self, name, place) -> Iterator[str]:
        """Texts given to what is called so: as an argument of that name, or at that position."""
        for function in (self.tree, *self._functions()):
            for node in _own(function):
                if isinstance(node, ast.Call) and _name(node.func) == name:
                    named = {each.arg: each.value for each in node.keywords}
                    if isinstance(place, str) and place in named:
                        yield from texts(named[place], function)
                    elif isinstance(place, int) and len(node.args) > place:
                        yield from texts(node.args[place], function)

    def _functions(self, *names):
        found = [
            each
            for each in ast.walk(self.tree)
            if isinstance(each, ast.FunctionDef) and (not names or each.name in names)
        ]
        assert not names or {each.name for each in found} == set(names)
        return found


def texts(node, function) -> list[str]:
    """Each text that the expression can become; a value that is not known from the function stands as `ANY`."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return ["".join(each) for each in product(*(texts(part, function) for part in parts))]
        case ast.FormattedValue(value=value):
            return texts(value, function) or [ANY]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            sides = texts(left, function), texts(right, function)
            return [a + b for a, b in product(*sides)]
        case ast.IfExp(body=body, orelse=other):
            return [*texts(body, function), *texts(other, function)]
        case ast.BoolOp(op=ast.Or(), values=values):
            return [text for value in values for text in texts(value, function)]
        case ast.Name(id=name):
            found = [
                each.value
                for each in ast.walk(function)
                if isinstance(each, ast.Assign) and _name(each.targets[0]) == name
            ]
            worded = [value for value in found if isinstance(value, ast.Constant | ast.JoinedStr)]
            return [text for value in worded for text in texts(value, function)] or [ANY]
        case ast.Constant():
            return []
    return [ANY]


def _own(function) -> Iterator[ast.AST]:
    """Nodes of a function, or module, but not of the functions in it."""
    waiting = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef):
            waiting += ast.iter_child_nodes(node)


def _name(node) -> str:
    return getattr(node, "id", getattr(node, "attr", ""))
