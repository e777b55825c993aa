"""Is an answer what was expected? If not, what came instead, and where first.

Numbers, arrays, tensors, and tuples of them, compared in stages: returned, kind, shape, dtype,
values. The words are for students.
"""

from __future__ import annotations

import re

import numpy as np

# What a number is called, and what the values of an array are, by NumPy's kind of dtype.
KINDS = {"b": "True or False", "i": "a whole number", "u": "a whole number", "f": "a number"}
DTYPES = {"b": "booleans", "i": "whole numbers", "u": "whole numbers", "f": "real numbers"}


def difference(answer, expected, tolerance: float) -> tuple[str, str] | None:
    """(what was expected, what came) at the first stage that fails; None where all pass.

    ``expected`` may be a number, text, an array, a tensor, or a tuple or list of those; NaN
    equals NaN. An array may be of another precision, though not of half precision, and never of
    another kind (whole numbers, real numbers, booleans). Where a gradient is due it must be there.
    """
    if answer is None:
        return "a result", "`None`: is a `return` missing?"
    if isinstance(expected, tuple | list):
        return _difference_of_tuples(answer, expected, tolerance)
    kind, wanted = _kind(answer), _kind(expected)
    if kind != wanted and (kind, wanted) != ("a whole number", "a number"):
        return wanted, f"`{short(answer)}`, {kind}"
    if wanted == "a str":
        return None if answer == expected else (f"`{expected!r}`", f"`{answer!r}`")
    if getattr(expected, "requires_grad", False) and not answer.requires_grad:
        return "a tensor with a gradient", f"`{short(answer)}`, without one"
    return _difference_of_arrays(_array(answer), _array(expected), tolerance)


def _difference_of_arrays(answer: np.ndarray, expected: np.ndarray, tolerance: float):
    if answer.shape != expected.shape:
        return f"shape {expected.shape}", f"shape {answer.shape}"
    words = DTYPES.get(expected.dtype.kind, str(expected.dtype))
    if expected.ndim and DTYPES.get(answer.dtype.kind) != words:
        return f"an array of {words}", f"an array of {answer.dtype}"
    wrong = ~np.isclose(answer, expected, rtol=1e-5, atol=tolerance, equal_nan=True)
    if not wrong.any():
        return None
    if not expected.ndim:
        return f"`{short(expected)}`", f"`{short(answer)}`"
    place = tuple(int(i) for i in np.unravel_index(wrong.argmax(), wrong.shape))
    came = f"`{short(answer[place])}` ({wrong.sum()} of {wrong.size} values differ)"
    return f"`{short(expected[place])}` at {list(place)}", came


def _difference_of_tuples(answer, expected: tuple | list, tolerance: float):
    if not isinstance(answer, tuple | list) or len(answer) != len(expected):
        return f"{len(expected)} result{'s' * (len(expected) != 1)}", f"`{short(answer)}`"
    for number, (one, other) in enumerate(zip(answer, expected)):
        found = difference(one, other, tolerance)
        if found:
            return f"as result {number}, {found[0]}", found[1]
    return None


def same(one, other) -> bool:
    """Are two arguments equal, NaN to NaN? Tells whether a function wrote into its input."""
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if hasattr(one, "shape") and hasattr(one, "dtype"):
        one, other = _array(one), _array(other)
        nan = one.dtype.kind in "fc"
        return np.array_equal(one, other, equal_nan=nan)
    if isinstance(one, int | float | str):
        return one == other or one != one
    return True  # functions, networks: not looked into


def short(value, limit: int = 160) -> str:
    """A value in few words: small arrays in full, large ones by dtype and shape."""
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        if _array(value).ndim == 0:
            value = _array(value).item()
        elif _array(value).size > 12:
            return f"{value.dtype} array of shape {tuple(value.shape)}"
        else:
            text = np.array2string(_array(value), precision=3, separator=", ", suppress_small=True)
            return re.sub(r"\s+", " ", text)
    text = f"{value:.6g}" if isinstance(value, float) else repr(value)
    return text if len(text) <= limit else text[:limit] + " …"


def _array(value) -> np.ndarray:
    if not hasattr(value, "detach"):
        return np.asarray(value)
    value = value.detach().cpu()
    return (value.float() if _half(value) else value).numpy()


def _half(value) -> str:
    """The name of a type that keeps three digits, or nothing."""
    name = str(value.dtype).removeprefix("torch.")
    return name if name in ("float16", "bfloat16") else ""


def kind_advice(answer, expected) -> str | None:
    """What to say of an answer of another type, whose values were not looked at.

    Not of a number in place of an array: there the advice of the case knows more.
    """
    kind, wanted = _kind(answer), _kind(expected)
    if isinstance(expected, tuple | list):
        wanted = kind if isinstance(answer, tuple | list) else f"a tuple or list of {len(expected)}"
    if answer is None or kind == wanted or kind in KINDS.values():
        return None
    return f"The type is wrong, and the values were not looked at: return {wanted}, not {kind}."


def _kind(value) -> str:
    if hasattr(value, "detach"):
        return f"a tensor {f'of {_half(value)} ' if _half(value) else ''}on {value.device.type}"
    if isinstance(value, np.ndarray) and value.ndim:
        return f"an array{f' of {_half(value)}' if _half(value) else ''}"
    if isinstance(value, bool | int | float | np.generic | np.ndarray):
        return KINDS.get(np.asarray(value).dtype.kind, f"a {type(value).__name__}")
    return f"a {type(value).__name__}"
