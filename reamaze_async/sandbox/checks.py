"""What settings may be: one of some words, or a number within some bounds."""

import sys
from typing import Any, Literal, get_args, get_origin, get_type_hints


def check_word(name: str, value: object, words: Any) -> None:
    """Refuse what isn't one of the words of a `Literal`.

    Raises:
        ValueError: It isn't.
    """
    if value not in get_args(words):
        known = ", ".join(map(repr, get_args(words)))
        message = f"{name}={value!r} is unknown: use one of {known}."
        raise ValueError(message)


def check_words(settings: object) -> None:
    """Refuse a dataclass of settings if one isn't among the words that its `Literal` lists.

    Raises:
        ValueError: Such a setting, named.
    """
    for name, hint in get_type_hints(type(settings)).items():
        if get_origin(hint) is Literal:
            check_word(name, getattr(settings, name), hint)


def check_numbers(
    kind: type[int | float], *, least: int = 0, most: int | None = None, **given: float | None
) -> None:
    """Refuse numbers out of bounds, and what is no finite number; None stands for none.

    Args:
        kind: `int` for whole numbers, or `float`.
        least: The smallest.
        most: The largest; None: any that a float can hold.
        **given: The settings by their names.

    Raises:
        ValueError: Such a setting, named.
    """
    greatest = sys.float_info.max if most is None else most
    for name, value in given.items():
        is_number = isinstance(value, int | kind) and not isinstance(value, bool)
        if value is not None and not (is_number and least <= value <= greatest):
            what = "a whole number" if kind is int else "a number"
            bounds = f"from {least}" if most is None else f"from {least} to {most}"
            message = f"{name}={value!r} must be {what} {bounds}."
            raise ValueError(message)
