"""JSON merge patch, RFC 7396: `apply` is its section 2, `difference` makes the patch between two objects."""

from schemas.json import JsonObject, canonical


def apply(patch: object, target: object) -> object:
    """`target` as the patch makes it; neither is changed. A null removes, an array replaces."""
    if not isinstance(patch, dict):
        return patch
    patched = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            patched.pop(name, None)
        else:
            patched[name] = apply(value, patched.get(name))
    return patched


def difference(source: JsonObject, target: JsonObject) -> JsonObject:
    """The patch that makes `target` of `source`. A null in `target` must have been there in `source`."""
    patch: JsonObject = {name: None for name in source if name not in target}
    for name, value in target.items():
        if name not in source:
            patch[name] = value
            continue
        before = source[name]
        # By their spelling, as Python takes 1, 1.0 and True for equal.
        if canonical(before) == canonical(value):
            continue
        both = isinstance(before, dict) and isinstance(value, dict)
        patch[name] = difference(before, value) if both else value  # type: ignore[arg-type]
    return patch
