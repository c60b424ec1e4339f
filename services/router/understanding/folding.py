"""Folds a message to plain tokens, so that spelling habits do not matter.

Case, Latin diacritics, apostrophes and repeated letters go: "İnşallaaah" and "insalah" are one.
The lexicons are folded the same way, so a fold loses nothing that matters.
"""

import re
import unicodedata
from functools import cache
from itertools import islice, product
from typing import Final

_DIACRITICS: Final = str.maketrans(
    {
        **dict(zip("ąčęėįšųūžğışçöüâîû", "aceeisuuzgiscouaiu", strict=True)),
        **dict(zip("āēīķļņģáàéèíóúñäłśźżćńô", "aeiklngaaeeiounalszzcno", strict=True)),
        "ё": "е", "\u0307": "", "'": "", "’": "", "ʼ": "", "`": "", "´": "",
    }
)  # fmt: skip
_REPEATED: Final = re.compile(r"([^\W\d_])\1+")
_TOKEN: Final = re.compile(r"[^\W_]+")

# How customers type each Cyrillic letter in Latin, the most usual way first.
_LATIN: Final = {
    "а": ("a",), "б": ("b",), "в": ("v", "w"), "г": ("g",), "д": ("d",), "е": ("e",),
    "ж": ("zh", "j"), "з": ("z",), "и": ("i",), "й": ("i", "y", "j"), "к": ("k",), "л": ("l",),
    "м": ("m",), "н": ("n",), "о": ("o",), "п": ("p",), "р": ("r",), "с": ("s",), "т": ("t",),
    "у": ("u",), "ф": ("f",), "х": ("h", "kh", "x"), "ц": ("c", "ts"), "ч": ("ch", "4"),
    "ш": ("sh",), "щ": ("sch", "shch", "sh"), "ъ": ("",), "ы": ("y", "i"), "ь": ("",), "э": ("e",),
    "ю": ("yu", "u", "ju"), "я": ("ya", "ia", "ja"),
}  # fmt: skip
_MAX_SPELLINGS: Final = 64


def fold(text: str) -> str:
    """The text in lower case, composed, without diacritics or repeated letters."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return _REPEATED.sub(r"\1", text.lower().translate(_DIACRITICS))


def tokens_of(folded: str) -> list[str]:
    """The words and numbers of a folded text, in order."""
    return _TOKEN.findall(folded)


@cache
def latin_spellings(word: str) -> tuple[str, ...]:
    """The folded Latin spellings of a folded Cyrillic word; empty for a word with none."""
    if not any("а" <= letter <= "я" for letter in word):
        return ()
    letters = [_LATIN.get(letter, (letter,)) for letter in word]
    spelt = islice(product(*letters), _MAX_SPELLINGS)
    return tuple(dict.fromkeys(fold("".join(letters)) for letters in spelt))
