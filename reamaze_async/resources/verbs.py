"""Verbs: methods whose keywords stand in a `TypedDict`, and that tell their names all the same."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from inspect import Parameter, Signature
from typing import Any

from msgspec import UNSET

from reamaze_async.http.client import Client

CONDITIONS = "conditions"
"""What verbs that read call their keywords: left out, they are None, or False for a switch; what
verbs that write call attributes is `UNSET`."""


class Verbs:
    """What a session offers under one name.

    A verb takes its keywords as `**conditions: Unpack[SomeQuery]`, so that each is written once.
    `help` and editors see them one by one, with their types and defaults.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def __init_subclass__(cls) -> None:
        """Spell out the keywords of each verb."""
        super().__init_subclass__()
        for name, verb in vars(cls).items():
            if inspect.isfunction(verb) and not name.startswith("_"):
                setattr(verb, "__signature__", spelled_out(verb))  # noqa: B010 - unknown to mypy


def spelled_out(verb: Callable[..., Any]) -> Signature:
    """The signature of a verb, with the keywords of its `TypedDict` one by one."""
    plain = inspect.signature(verb)
    return plain.replace(parameters=list(_parameters(verb, plain)))


def _parameters(verb: Callable[..., Any], plain: Signature) -> Iterator[Parameter]:
    for parameter in plain.parameters.values():
        if parameter.kind is not Parameter.VAR_KEYWORD:
            yield parameter
            continue
        packed = inspect.get_annotations(verb, eval_str=True)[parameter.name]
        is_read = parameter.name == CONDITIONS
        for name, kind in packed.__args__[0].__annotations__.items():
            default = (False if _is_switch(kind) else None) if is_read else UNSET
            yield Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=kind)


def _is_switch(kind: Any) -> bool:
    """Whether a keyword, whose type may not be evaluated yet, is True or False and nothing else."""
    return kind is bool or getattr(kind, "__forward_arg__", None) == "bool"
