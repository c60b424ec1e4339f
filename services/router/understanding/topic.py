"""Which of the ten topics a message is about, and how probably."""

import math
from collections.abc import Sequence
from typing import Final

from services.router.understanding.lexicon import ANY, LANGUAGES, TOPICS
from services.router.understanding.patterns import Pattern
from services.router.understanding.port import GUESS

# Where nothing is known, a person of the general line reads the message: those keep accounts.
FALLBACK: Final = "account"

# Points are divided by this before the softmax: the less, the surer. Fitted for the least log
# loss, see tests/unit/test_understanding_quality.py, which also holds probabilities against
# frequencies.
_TEMPERATURE: Final = 0.7
# The third sign of a topic adds little to the second. Responsible gaming has no ceiling: there, a
# person in need who is not recognised costs more than a message looked at for nothing.
_CEILING: Final = 8
_UNBOUNDED: Final = "responsible_gaming"
# Of topics with equal points the first here wins, in every process.
_BY_COST: Final = (_UNBOUNDED, *(topic for topic in TOPICS if topic != _UNBOUNDED))


def decide_topic(patterns: Sequence[Pattern], *, lang: str) -> tuple[str, float]:
    """The topic and its probability; the fallback as a guess where nothing matches."""
    points = _points(patterns, (lang, ANY)) if lang in LANGUAGES else {}
    points = points or _points(patterns, (*LANGUAGES, ANY))
    if not points:
        return FALLBACK, GUESS
    best = max(points, key=points.__getitem__)
    weights = [math.exp(value / _TEMPERATURE) for value in points.values()]
    total = sum(weights) + len(TOPICS) - len(points)
    return best, math.exp(points[best] / _TEMPERATURE) / total


def _points(patterns: Sequence[Pattern], languages: Sequence[str]) -> dict[str, int]:
    points: dict[str, int] = {}
    for pattern in patterns:
        if pattern.label in TOPICS and pattern.lang in languages:
            points[pattern.label] = points.get(pattern.label, 0) + pattern.weight
    return {
        topic: points[topic] if topic == _UNBOUNDED else min(points[topic], _CEILING)
        for topic in _BY_COST
        if topic in points
    }
