"""How good the masker is, on a corpus of card numbers as people write them and of numbers that are
no cards: which share it hides (recall), and which share it takes for cards (false positives)."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from shared.privacy.mask import mask_series
from shared.privacy.sender_tail import SenderTail

# Of a hidden number no more digits in a row than these may be left; fewer may be there by chance.
_MAX_LEFT: Final = 6
_NEXT_MESSAGE: Final = " ⏎ "
_ESCAPE: Final = re.compile(r"\\(?:([nrt\\])|u([0-9a-f]{4})|U([0-9a-f]{8}))")
_NAMED: Final = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}
_MARK: Final = re.compile(r"\[(?:card …\d{0,4}|code …)\]")


@dataclass(frozen=True, slots=True)
class Case:
    """Consecutive messages of one sender.

    hidden: numbers of which nothing may be left but the last four digits. codes: security codes
    that may not be left. An innocent case has neither.
    """

    kind: str
    texts: tuple[str, ...]
    hidden: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()

    @property
    def family(self) -> str:
        return self.kind.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Score:
    """attacks, innocents: kind → cases, and those that went wrong."""

    attacks: dict[str, tuple[int, int]]
    innocents: dict[str, tuple[int, int]]
    wrong: tuple[Case, ...]

    @property
    def recall(self) -> float:
        return 1.0 - _share(self.attacks)

    @property
    def false_positives(self) -> float:
        return _share(self.innocents)

    def as_json(self) -> dict[str, Any]:
        """For build/masking.json."""
        return {
            "recall": round(self.recall, 4),
            "false_positives": round(self.false_positives, 4),
            "attacks": {
                kind: {"cases": cases, "missed": wrong}
                for kind, (cases, wrong) in self.attacks.items()
            },
            "innocents": {
                kind: {"cases": cases, "masked": wrong}
                for kind, (cases, wrong) in self.innocents.items()
            },
        }


def read_attacks(source: Path) -> list[Case]:
    """The cases of an attack file: kind | what is hidden | text."""
    cases = []
    for line in _lines(source):
        kind, hidden, text = line.split(" | ", 2)
        numbers = [each for each in hidden.split() if not each.startswith("code:")]
        codes = [each.removeprefix("code:") for each in hidden.split() if each not in numbers]
        cases.append(Case(kind, _texts(text), tuple(numbers), tuple(codes)))
    return cases


def read_innocents(source: Path) -> list[Case]:
    """The cases of an innocent file: kind | text."""
    return [
        Case(kind, _texts(text)) for kind, text in (ln.split(" | ", 1) for ln in _lines(source))
    ]


def score(attacks: Sequence[Case], innocents: Sequence[Case]) -> Score:
    """Mask every case, as a series and one message at a time."""
    missed = [case for case in attacks if not is_hidden(case)]
    masked = [case for case in innocents if not is_left_alone(case)]
    return Score(_by_family(attacks, missed), _by_family(innocents, masked), (*missed, *masked))


def is_hidden(case: Case) -> bool:
    """Whether nothing of the case's numbers and codes is left but the last four digits.

    Live, one message at a time, the beginning of a number that comes in parts is out before
    anybody can know; of such a number no whole may be left, and its last part must go.
    """
    series = mask_series(case.texts)
    live = live_texts(case.texts)
    joined = digits_left("".join(live))
    parts = len(case.texts)
    return (
        series.found >= len(case.hidden)
        and not any(_is_left(number, series.texts) for number in case.hidden)
        and not any(number in joined for number in case.hidden)
        and (parts > 1 or live == series.texts)
        and any("[card …" in text for text in live)
        and not any(code in groups_left(each) for code in case.codes for each in series.texts)
        and not any(code in groups_left(each) for code in case.codes for each in live)
    )


def is_left_alone(case: Case) -> bool:
    """Whether masking changes nothing."""
    return mask_series(case.texts).texts == case.texts == live_texts(case.texts)


def live_texts(texts: Sequence[str]) -> tuple[str, ...]:
    """The texts, each masked when it arrives."""
    tail = SenderTail()
    return tuple(tail.mask("sender", text, now=0).text for text in texts)


def digits_left(text: str) -> str:
    """Every digit of the text in ASCII, with nothing between, and x for what was masked."""
    plain = unicodedata.normalize("NFKC", _MARK.sub("x", text))
    return "".join(
        str(unicodedata.digit(ch)) if ch.isdigit() else "x" * (ch == "x") for ch in plain
    )


def groups_left(text: str) -> list[str]:
    """The numbers of the text as they stand."""
    return re.findall(r"\d+", _MARK.sub(" ", text))


def table(result: Score) -> str:
    """Kind × recall, kind × false positives."""
    rows = [f"{'attack':<28}{'cases':>6}{'missed':>8}{'recall':>9}"]
    rows += [_row(*each, share=lambda part: 1.0 - part) for each in _rows(result.attacks)]
    rows += ["", f"{'innocent':<28}{'cases':>6}{'masked':>8}{'share':>9}"]
    rows += [_row(*each, share=lambda part: part) for each in _rows(result.innocents)]
    return "\n".join(rows)


def _rows(kinds: dict[str, tuple[int, int]]) -> Iterable[tuple[str, int, int]]:
    yield from ((kind, cases, wrong) for kind, (cases, wrong) in kinds.items())
    yield "all", sum(all_ for all_, _ in kinds.values()), sum(wrong for _, wrong in kinds.values())


def _row(kind: str, cases: int, wrong: int, *, share: Callable[[float], float]) -> str:
    return f"{kind:<28}{cases:>6}{wrong:>8}{share(wrong / cases if cases else 0.0):>9.1%}"


def _is_left(number: str, texts: Sequence[str]) -> bool:
    left = digits_left("".join(texts))
    size = _MAX_LEFT + 1
    return any(number[at : at + size] in left for at in range(len(number) - size + 1))


def _by_family(cases: Sequence[Case], wrong: Sequence[Case]) -> dict[str, tuple[int, int]]:
    families = dict.fromkeys(case.family for case in cases)
    return {
        family: (
            sum(case.family == family for case in cases),
            sum(case.family == family for case in wrong),
        )
        for family in families
    }


def _share(kinds: dict[str, tuple[int, int]]) -> float:
    cases = sum(each for each, _ in kinds.values())
    return sum(wrong for _, wrong in kinds.values()) / cases if cases else 0.0


def _lines(source: Path) -> list[str]:
    lines = source.read_text(encoding="utf-8").split("\n")
    return [line for line in lines if line and not line.startswith("#")]


def _texts(written: str) -> tuple[str, ...]:
    return tuple(_ESCAPE.sub(_character, each) for each in written.split(_NEXT_MESSAGE))


def _character(found: re.Match[str]) -> str:
    named, *codes = found.groups()
    return _NAMED[named] if named else chr(int(next(filter(None, codes)), 16))
