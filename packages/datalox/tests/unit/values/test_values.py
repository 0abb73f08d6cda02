"""The door, order and arithmetic of values."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datalox.compile import semantics
from datalox.diagnostics import DatalogError
from datalox.terms import FALSE, TRUE, Arith, Const, Neg, Symbol, Value, Var
from datalox.values import NoValueError, admit, calculate, comparable, compare, evaluate, order_key

A = Symbol("a")
numbers = st.one_of(st.integers(-1000, 1000), st.floats(-1e6, 1e6, allow_nan=False))
values = st.one_of(numbers, st.text(max_size=3), st.text(max_size=3).map(Symbol))


@pytest.mark.parametrize(
    ("value", "column_type", "expected"),
    [
        ("a", "symbol", A), ("a", "text", A), ("a", "scalar", A), ("a", "string", "a"), ("a", "any", "a"),
        (A, "symbol", A), (A, "text", A), (A, "scalar", A), (A, "any", A),
        (1, "int", 1), (1, "float", 1), (1, "number", 1), (1, "scalar", 1), (1, "any", 1),
        (1.0, "int", 1), (1.5, "float", 1.5), (1.5, "number", 1.5), (1.5, "scalar", 1.5),
        (True, "symbol", TRUE), (False, "text", FALSE), (True, "scalar", TRUE), (True, "any", TRUE),
    ],
)  # fmt: skip
def test_admitted(value: object, column_type: str, expected: Value) -> None:
    found = admit(value, column_type)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("value", "column_type", "message"),
    [
        (1, "symbol", "1 is not a symbol"),
        (1, "text", "1 is not a text"),
        (A, "string", "a is not a string"),
        ("a", "int", '"a" is not an int'),
        (1.5, "int", "1.5 is not an int"),
        (True, "int", "true is not an int"),
        ("1", "number", '"1" is not a number'),
        (math.nan, "any", "nan is not a value"),
        (math.inf, "number", "inf is not a value"),
        (None, "any", "NoneType None is not a value"),
        ([1], "any", "list [1] is not a value"),
        (b"a", "any", "bytes b'a' is not a value"),
    ],
)
def test_refused_at_the_door(value: object, column_type: str, message: str) -> None:
    with pytest.raises(DatalogError) as refused:
        admit(value, column_type)
    (found,) = refused.value.diagnostics
    assert (found.code, found.message) == ("bad-value", message)
    assert found.hint


def test_subclasses_of_str_and_int_become_plain() -> None:
    class Word(str):
        pass

    class Count(int):
        pass

    found: list[Any] = [admit(Word("a"), "string"), admit(Count(3), "int")]
    assert [type(value) for value in found] == [str, int]


@given(st.lists(values))
def test_any_values_sort_together_in_one_way(mixed: list[Value]) -> None:
    backwards = mixed[::-1]
    assert sorted(mixed, key=order_key) == sorted(backwards, key=order_key)


@given(numbers, numbers)
def test_numbers_compare_as_numbers(left: float, right: float) -> None:
    assert compare("<", left, right) is (left < right)
    assert compare(">=", left, right) is (left >= right)
    assert compare("=", left, right) is (left == right)


@pytest.mark.parametrize("op", ["<", "<=", ">", ">="])
def test_across_kinds_no_order_holds(op: str) -> None:
    pairs: list[tuple[Value, Value]] = [(1, A), (1, "a"), (1.5, A), (1.5, "a")]
    for left, right in pairs:
        assert not compare(op, left, right)
        assert not compare(op, right, left)
        assert not comparable(left, right)


def test_texts_are_ordered_by_spelling_whatever_their_kind() -> None:
    assert compare("<", A, "b")
    assert compare("<=", "a", A)
    assert compare(">=", A, "a")
    assert comparable(A, "b")


def test_equality_keeps_strings_and_symbols_apart() -> None:
    assert not compare("=", A, "a")
    assert compare("!=", A, "a")
    assert compare("=", 1, 1.0)


@given(st.sampled_from(["+", "-", "*", "/", "//", "mod"]), values, values)
def test_compiled_rules_compute_the_same(op: str, left: Value, right: Value) -> None:
    try:
        expected: object = calculate(op, left, right)
    except NoValueError:
        expected = None
    try:
        found: object = semantics.canonical(semantics.calculate(op, left, right))
    except semantics.Fault:
        found = None
    assert found == expected


@given(st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), values, values)
def test_compiled_rules_compare_the_same(op: str, left: Value, right: Value) -> None:
    assert semantics.ordered(op, left, right, lambda kind: None) is compare(op, left, right)


@pytest.mark.parametrize(
    ("op", "left", "right", "expected"),
    [
        ("+", 1, 2, 3), ("-", 1, 2, -1), ("*", 3, 4, 12), ("/", 7, 2, 3.5), ("/", 8, 2, 4),
        ("//", 7, 2, 3), ("//", -7, 2, -4), ("mod", 7, 3, 1), ("mod", -7, 3, 2), ("+", 0.5, 0.5, 1),
    ],
)  # fmt: skip
def test_arithmetic(op: str, left: Value, right: Value, expected: Value) -> None:
    found = calculate(op, left, right)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("op", "left", "right", "words"),
    [
        ("/", 1, 0, "division by zero"),
        ("//", 1, 0, "division by zero"),
        ("mod", 1, 0, "division by zero"),
        ("+", A, 1, "a is not a number"),
        ("+", 1, "x", '"x" is not a number'),
        ("*", 1e308, 10, "too large"),
        ("+", 10**400, 0.5, "too large"),
        ("*", 2**4000, 2**4000, "too large"),
    ],
)
def test_what_has_no_value(op: str, left: Value, right: Value, words: str) -> None:
    with pytest.raises(NoValueError, match=words):
        calculate(op, left, right)


def test_expressions() -> None:
    term = Arith("+", Neg(Var("X")), Arith("*", Const(2), Var("Y")))
    assert evaluate(term, {"X": 1, "Y": 3}) == 5
    with pytest.raises(KeyError):
        evaluate(term, {"X": 1})
