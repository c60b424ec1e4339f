"""Understanding by rules: lexicons, letters, and a language detector for what they leave open."""

from services.router.understanding.courtesy import asks_nothing, rating_of
from services.router.understanding.folding import fold, tokens_of
from services.router.understanding.language import Detector, LanguageRules, lingua_detector
from services.router.understanding.lexicon import URGENT, Lexicon, load_lexicon
from services.router.understanding.port import Understood
from services.router.understanding.topic import decide_topic

# A message's subject is in its beginning; the rest of a long e-mail is quotation and signature.
_READ_CHARACTERS = 1_000


class RuleUnderstanding:
    """The `Understanding` port by rules. Build once; it holds no state between messages."""

    def __init__(self, *, lexicon: Lexicon | None = None, detector: Detector | None = None) -> None:
        self._lexicon = lexicon if lexicon is not None else load_lexicon()
        self._language = LanguageRules(
            lexicon=self._lexicon,
            detector=detector if detector is not None else lingua_detector(),
        )

    def understand(self, text: str, *, lang_hint: str | None = None) -> Understood:
        """See `Understanding.understand`."""
        text = text[:_READ_CHARACTERS]
        tokens = tokens_of(fold(text))
        found = self._lexicon.patterns.find(tokens)
        lang, lang_p = self._language.decide(text, tokens, found.telling, lang_hint)
        topic, topic_p = decide_topic(found.patterns, lang=lang)
        return Understood(
            lang=lang,
            lang_p=lang_p,
            topic=topic,
            topic_p=topic_p,
            urgent=any(pattern.label == URGENT for pattern in found.patterns),
            reopens=not asks_nothing(
                text,
                tokens,
                courtesies=self._lexicon.courtesies,
                auto_replies=self._lexicon.auto_replies,
            ),
            rating=rating_of(text),
        )
