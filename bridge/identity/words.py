"""Single words that are understood while somebody proves who they are: to leave it, and to have the code again."""

import re
import unicodedata

_CANCEL = """
    cancel | never mind | nevermind | forget it | no thanks | no thank you
    abbrechen | abbruch | vergiss es | vergessen sie es | nein danke
    cancelar | cancela | olvídalo | olvidalo | déjalo | no gracias
    annuler | annule | laisse tomber | laissez tomber | non merci
    esquece | esqueça | deixa | deixe | não obrigado | não obrigada
    annulla | annullare | lascia stare | lasci stare | no grazie
    annuleren | annuleer | laat maar | nee bedankt
    キャンセル | やめる | やめます | 中止
    إلغاء | الغاء | لا شكرا | لا شكرًا | انس الأمر
"""
_AGAIN = """
    resend | send again | send it again | again | new code | another code | resend code
    neu senden | erneut senden | noch einmal | nochmal | noch mal | neuer code | neuen code
    reenviar | otra vez | de nuevo | nuevo código | nuevo codigo | otro código
    renvoyer | encore | encore une fois | nouveau code
    novamente | outra vez | novo código | novo codigo
    reinvia | invia di nuovo | di nuovo | ancora | nuovo codice
    opnieuw | opnieuw sturen | nog een keer | nieuwe code
    再送 | もう一度 | 再送信 | 新しいコード
    إعادة الإرسال | أعد الإرسال | مرة أخرى | رمز جديد | إعادة
"""
VERIFY = "/verify"
"""Asks to begin, without anything having needed it."""


def _table(words: str) -> frozenset[str]:
    return frozenset(_plain(word) for line in words.splitlines() for word in line.split("|") if word.strip())


def _plain(text: str) -> str:
    """Small letters, without signs around and between the words."""
    return " ".join(re.findall(r"[\w']+", unicodedata.normalize("NFC", text).casefold()))


_CANCELS, _AGAINS = _table(_CANCEL), _table(_AGAIN)


def is_cancel(text: str) -> bool:
    """A message that is nothing but the wish to leave it."""
    return _plain(text) in _CANCELS


def is_again(text: str) -> bool:
    """A message that is nothing but the wish for another code."""
    return _plain(text) in _AGAINS


def is_verify(text: str) -> bool:
    """The command, also as Telegram writes it in groups."""
    return re.fullmatch(r"/verify(@\w{1,64})?", text.strip(), re.IGNORECASE) is not None
