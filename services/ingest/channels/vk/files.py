"""What comes with a message on VK. `ref` is the file's URL there; where VK gives none, or one that
is too long, it is the object's id as VK's methods take it: `photo12_34_key`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError

from services.ingest.channels.provided import MAX_FILES, Part, Size, reference
from services.ingest.channels.vk.event import VkId
from shared.contracts.message_received_v1 import Attachment

_CHANNEL: Final = "vk"


class _Picture(Part):
    """width, height: pixels; VK sends fractions at times."""

    url: str = ""
    width: float = 0
    height: float = 0


class _Owned(Part):
    owner_id: VkId = 0
    id: VkId = 0
    access_key: str = ""

    def named(self, kind: str) -> str:
        key = f"_{self.access_key}" if self.access_key else ""
        return f"{kind}{self.owner_id}_{self.id}{key}"


class _Photo(_Owned):
    sizes: tuple[_Picture, ...] = ()


class _Document(_Owned):
    """size: bytes. ext: the name's ending."""

    title: str = ""
    url: str = ""
    size: Size | None = None


class _Voice(_Owned):
    link_ogg: str = ""


class _Video(_Owned):
    title: str = ""


class _Sticker(Part):
    images: tuple[_Picture, ...] = ()


class _Link(Part):
    url: str = ""
    title: str = ""


class _Post(_Owned):
    text: str = ""


def attachments_of(given: Sequence[Mapping[str, Any]]) -> Iterator[Attachment]:
    """At most 32. One of a kind or shape that we do not know is there by its kind only: a message
    is not lost for it."""
    for each in given[:MAX_FILES]:
        kind = each.get("type")
        if isinstance(kind, str):
            try:
                yield _READ[kind](each.get(kind)) if kind in _READ else Attachment(name=kind[:256])
            except ValidationError:
                yield Attachment(name=kind[:256])


def _largest(pictures: Sequence[_Picture]) -> str:
    best = max(pictures, key=lambda each: each.width * each.height, default=_Picture())
    return best.url


def _photo(value: object) -> Attachment:
    photo = _Photo.model_validate(value)
    return _attachment("photo", "image/jpeg", _largest(photo.sizes), photo.named("photo"))


def _document(value: object) -> Attachment:
    document = _Document.model_validate(value)
    return Attachment(
        name=(document.title or "doc")[:256],
        size_bytes=document.size,
        ref=reference(_CHANNEL, document.url, document.named("doc")),
    )


def _voice(value: object) -> Attachment:
    voice = _Voice.model_validate(value)
    return _attachment("audio_message", "audio/ogg", voice.link_ogg, voice.named("doc"))


def _video(value: object) -> Attachment:
    video = _Video.model_validate(value)
    return _attachment(video.title or "video", "video/mp4", video.named("video"))


def _sticker(value: object) -> Attachment:
    return _attachment("sticker", "image/png", _largest(_Sticker.model_validate(value).images))


def _link(value: object) -> Attachment:
    link = _Link.model_validate(value)
    return _attachment(link.title or "link", "text/html", link.url)


def _post(value: object) -> Attachment:
    post = _Post.model_validate(value)
    return _attachment(post.text or "wall", "text/html", post.named("wall"))


def _attachment(name: str, media_type: str, *places: str) -> Attachment:
    return Attachment(name=name[:256], media_type=media_type, ref=reference(_CHANNEL, *places))


_READ: Final[Mapping[str, Callable[[object], Attachment]]] = {
    "photo": _photo,
    "doc": _document,
    "audio_message": _voice,
    "video": _video,
    "sticker": _sticker,
    "link": _link,
    "wall": _post,
}
