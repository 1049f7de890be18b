"""`python -m bench [NAME ...]`: run all benchmarks, or those named, and print their figures and methods."""

import importlib
import os
import pkgutil
import platform
import sys
from pathlib import Path


def main(wanted: list[str]) -> None:
    here = str(Path(__file__).parent)
    names = sorted(
        module.name for module in pkgutil.iter_modules([here]) if not module.name.startswith("_") and not module.ispkg
    )
    if unknown := set(wanted) - set(names):
        sys.exit(f"there is no benchmark {', '.join(sorted(unknown))}; there are: {', '.join(names)}")
    load = os.getloadavg()[0]
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {load:.1f} before the start\n")
    for name in wanted or names:
        print(f"== {name}", flush=True)
        importlib.import_module(f"bench.{name}").run()
        print(flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
