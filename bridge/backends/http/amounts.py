"""Money between pounds as systems write them, "12.50", and pence."""

from decimal import Decimal, InvalidOperation

_NO_MINOR = frozenset({"CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF"})
_THREE_DIGITS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})

DIGITS_MAX = 12
"""Of an amount; a number such as 1e999999 is never written out."""


def _digits(currency: str) -> int:
    return 0 if currency in _NO_MINOR else 3 if currency in _THREE_DIGITS else 2


def minor(value: object, currency: str) -> int:
    """Pence of an amount in pounds. May raise ValueError: no number, or more digits than the currency has."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("no amount")
    try:
        amount = Decimal(str(value)).scaleb(_digits(currency))
        if amount.adjusted() >= DIGITS_MAX:
            raise ValueError("too long")
        whole = int(amount)
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise ValueError("no amount") from error
    if amount != whole:
        raise ValueError("a fraction of the smallest coin")
    return whole


def decimal_text(amount: int, currency: str) -> str:
    """An amount in pence as systems write it."""
    digits = _digits(currency)
    return str(Decimal(amount).scaleb(-digits).quantize(Decimal(1).scaleb(-digits)))
