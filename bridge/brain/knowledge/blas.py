"""Keeps numpy's matrix products in the thread that asks for them."""

import ctypes
from pathlib import Path

import numpy as np


def use_one_thread() -> bool:
    """Tell the OpenBLAS in numpy's wheel, for the whole process; False where numpy stands on another library.

    Its threads spin while they wait for each other: on a busy machine of two cores a chunk took 165 ms to embed with
    two of them and 21 ms with one, on an idle machine 13 and 17.
    """
    package = Path(np.__file__).parent
    for library in (*package.parent.glob("numpy.libs/lib*openblas*"), *package.glob(".dylibs/lib*openblas*")):
        try:
            ctypes.CDLL(str(library)).scipy_openblas_set_num_threads64_(1)
        except (OSError, AttributeError):
            continue
        return True
    return False
