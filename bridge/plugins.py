"""Find a channel, store or embedder by the name of its file: the name in config.toml is the name of the module."""

import importlib
import pkgutil
from types import ModuleType

from bridge.errors import ConfigError


def names(package: str) -> tuple[str, ...]:
    """The plug-ins of a package: its modules and folders that do not start with an underscore, sorted."""
    path = importlib.import_module(package).__path__
    return tuple(sorted(m.name for m in pkgutil.iter_modules(path) if not m.name.startswith("_")))


def load(package: str, name: str, key: str) -> ModuleType:
    """Import plug-in `name` of `package`; `key` is the configuration key that named it, for the error."""
    if name not in names(package):
        there_are = ", ".join(names(package)) or "none"
        raise ConfigError([f"{key}: there is no {name!r}; there are: {there_are}"])
    try:
        return importlib.import_module(f"{package}.{name}")
    except ImportError as error:
        raise ConfigError([f"{key}: {name!r} needs a package that is not installed: {error.name}"]) from error
