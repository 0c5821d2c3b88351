"""Whether the codecs of all record batches can be read."""

from typing import Final

from aiokafka import codec

from config.errors import SettingsError

_IS_INSTALLED: Final = {"snappy": codec.has_snappy, "lz4": codec.has_lz4, "zstd": codec.has_zstd}


def require_codecs() -> None:
    """Raises SettingsError when a producer's records could not be read.

    Checked before the first record, because a batch that cannot be unpacked stops its partition.
    """
    if missing := [name for name, is_installed in _IS_INSTALLED.items() if not is_installed()]:
        raise SettingsError(
            f"Records compressed with {', '.join(missing)} cannot be read: the package cramjam is not "
            "installed; install it with `pip install cramjam`."
        )
