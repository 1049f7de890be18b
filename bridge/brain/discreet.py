"""What is not told again when a conversation is told in short: codes, passwords, card numbers and approvals."""

import re

LEFT_OUT = "(left out)"
_CODE = re.compile(
    r"\b(one[- ]time code|code|kode|pin|otp|tan|passcode|c[oó]digo|clave|codice|cijfercode|код|рін|رمز)\b"
    r"([^\w\n]{0,4}(?:[^\W\d]{1,12}[^\w\n]{1,3}){0,4}?)([A-Z0-9-]{0,8}\d[A-Z0-9-]{2,20})\b",
    re.IGNORECASE,
)
_NAMED_CHARS = 12
_HARMLESS = re.compile(
    r"err(?:or|eur|o\b)|fehler|fout|fault|falha|product|produ[ck]t|article|artikel|artículo|post|zip|colou?r|farb|エラー"
    r"|오류|خطأ|ошиб",
    re.IGNORECASE,
)
"""Codes that nobody has to keep secret: of an error, a product, a place."""
_CODE_DENSE = re.compile(
    r"(コード|暗証番号|認証番号|验证码|密码|인증번호|비밀번호)([^\w\n]{0,3}\w{0,2}?[^\w\n]{0,3})(\d{3,10})"
)
_PASSWORD = re.compile(
    r"\b(password|passwort|kennwort|contraseña|senha|mot de passe|wachtwoord|пароль|パスワード|كلمة (?:المرور|السر))"
    r"(\s{0,3}(?:is|was|ist|lautet|es|é|è|est|:|=|は)\s{0,3})([^\s]{3,60})",
    re.IGNORECASE,
)
_CARD = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")
_APPROVAL = re.compile(
    r"\b(?:pre)?(?:approv|authori[sz]e|authori[sz]ation|genehmig|freigegeben|bewilligt|erlaubt|aprob|autoriz|approuv"
    r"|autoris[ée]|aprov|approvat|goedgekeurd|toegestaan|одобр|разреш)|承認|許可|批准|승인|موافق|اعتماد|صرّح",
    re.IGNORECASE,
)


def approves(text: str) -> bool:
    """It may say that something was approved: that is looked up, never remembered."""
    return _APPROVAL.search(text) is not None


def without_secrets(text: str) -> str:
    """Without codes, passwords and card numbers. What only looks like a number, of an order say, stays."""
    for pattern in (_CODE, _CODE_DENSE, _PASSWORD):
        text = pattern.sub(_without_secret, text)
    return _CARD.sub(lambda match: LEFT_OUT if _is_card(match[0]) else match[0], text)


def _without_secret(match: re.Match[str]) -> str:
    before = match.string[max(0, match.start() - _NAMED_CHARS) : match.end(2)]
    return match[0] if _HARMLESS.search(before) else f"{match[1]}{match[2]}{LEFT_OUT}"


def _is_card(number: str) -> bool:
    """By the check digit."""
    digits = [int(sign) for sign in reversed(number) if sign.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
