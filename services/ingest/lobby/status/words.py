"""The page's words, in the four languages; others get English."""

from dataclasses import dataclass
from math import ceil
from typing import Final

from services.ingest.lobby.status.waits import Wait


@dataclass(frozen=True, slots=True)
class Words:
    """A `{}` is filled in."""

    title: str
    opened: str
    waiting: str
    with_agent: str
    resolved: str
    closed: str
    next: str
    position: str
    soon: str
    minutes: str
    hours: str
    told: str
    rate: str
    thanks: str
    transcript: str
    you: str
    agent: str
    system: str


WORDS: Final = {
    "en": Words(
        title="Your request",
        opened="Received on {}",
        waiting="Waiting for a colleague",
        with_agent="A colleague is on it",
        resolved="Solved",
        closed="Closed",
        next="You are next.",
        position="Your place in the queue: {}.",
        soon="Most likely in less than a minute.",
        minutes="Most likely in {} minutes.",
        hours="Most likely in {} hours.",
        told="What we told you",
        rate="How did we do?",
        thanks="Thank you.",
        transcript="The whole conversation",
        you="You",
        agent="Support",
        system="Notice",
    ),
    "ru": Words(
        title="Ваше обращение",
        opened="Получено {}",
        waiting="Ожидает сотрудника",
        with_agent="Им занимается сотрудник",
        resolved="Решено",
        closed="Закрыто",
        next="Вы следующий.",
        position="Ваше место в очереди: {}.",
        soon="Скорее всего, меньше чем через минуту.",
        minutes="Скорее всего, через {} мин.",
        hours="Скорее всего, через {} ч.",
        told="Что мы вам сообщали",
        rate="Как мы справились?",
        thanks="Спасибо.",
        transcript="Вся переписка",
        you="Вы",
        agent="Поддержка",
        system="Уведомление",
    ),
    "lt": Words(
        title="Jūsų užklausa",
        opened="Gauta {}",
        waiting="Laukia kolegos",
        with_agent="Ja rūpinasi kolega",
        resolved="Išspręsta",
        closed="Užbaigta",
        next="Jūs kitas.",
        position="Jūsų vieta eilėje: {}.",
        soon="Greičiausiai greičiau nei po minutės.",
        minutes="Greičiausiai po {} min.",
        hours="Greičiausiai po {} val.",
        told="Ką jums pranešėme",
        rate="Kaip mums sekėsi?",
        thanks="Ačiū.",
        transcript="Visas pokalbis",
        you="Jūs",
        agent="Pagalba",
        system="Pranešimas",
    ),
    "tr": Words(
        title="Talebiniz",
        opened="{} tarihinde alındı",
        waiting="Bir temsilci bekleniyor",
        with_agent="Bir temsilci ilgileniyor",
        resolved="Çözüldü",
        closed="Kapatıldı",
        next="Sıra sizde.",
        position="Sıradaki yeriniz: {}.",
        soon="Büyük olasılıkla bir dakikadan kısa sürede.",
        minutes="Büyük olasılıkla {} dakika içinde.",
        hours="Büyük olasılıkla {} saat içinde.",
        told="Size bildirdiklerimiz",
        rate="Nasıldık?",
        thanks="Teşekkürler.",
        transcript="Görüşmenin tamamı",
        you="Siz",
        agent="Destek",
        system="Bildirim",
    ),
}


def words_in(lang: str) -> Words:
    return WORDS.get(lang, WORDS["en"])


def place(words: Words, position: int) -> str:
    return words.next if position == 1 else words.position.format(position)


def range_of(words: Words, wait: Wait) -> str:
    """`5–10 minutes`, rounded away from each other, but never from 0: nobody can say it to the
    second, and to come sooner hurts nobody."""
    if wait.most <= 60:
        return words.soon
    unit, text = (60.0, words.minutes) if wait.most <= 7_200 else (3_600.0, words.hours)
    least, most = max(1, int(wait.least / unit)), ceil(wait.most / unit)
    return text.format(f"{least}–{most}" if least < most else most)
