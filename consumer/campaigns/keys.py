"""The keys of a file: which there are beside one that is unknown."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from schemas.campaign import CampaignFile


def unknown_key(steps: Sequence[str | int], model: type[BaseModel] = CampaignFile) -> str:
    """`unknown key 'chanels': did you mean channels?`."""
    key, known = str(steps[-1]), _known_keys(steps[:-1], model)
    near = get_close_matches(key, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}" if known else ""
    return f"unknown key '{key}'" + (f": {hint}" if hint else "")


def _known_keys(owner: Sequence[str | int], file: type[BaseModel]) -> list[str]:
    kind: Any = file
    for step in owner:
        kind = _member(kind, step)
    model = _plain(kind)
    is_model = isinstance(model, type) and issubclass(model, BaseModel)
    return [field.alias or name for name, field in model.model_fields.items()] if is_model else []


def _member(kind: Any, step: str | int) -> Any:  # noqa: ANN401 - annotations have no type of their own
    kind = _plain(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return next((f.annotation for name, f in kind.model_fields.items() if step in {f.alias, name}), None)
    return get_args(kind)[-1] if get_origin(kind) in {dict, list, Mapping} else None


def _plain(kind: Any) -> Any:  # noqa: ANN401 - as above
    """The annotation without `Annotated` and `| None`."""
    if get_origin(kind) is Annotated:
        return _plain(get_args(kind)[0])
    if get_origin(kind) in {Union, UnionType}:
        return _plain(next(each for each in get_args(kind) if each is not type(None)))
    return kind
