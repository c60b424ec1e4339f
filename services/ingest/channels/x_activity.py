"""The parts of X's account activity that we read: direct messages. Everything else is ignored."""

from typing import Annotated, Any

from pydantic import Field

from services.ingest.channels.provided import Milliseconds, Part, Place, ShortId


class Variant(Part):
    """One encoding of a video. bitrate: bits a second; a playlist has none."""

    content_type: str = ""
    url: str = ""
    bitrate: int = 0


class VideoInfo(Part):
    variants: tuple[Variant, ...] = ()


class Media(Part):
    """type: photo, video or animated_gif. url: the short link that stands in the text."""

    type: str = ""
    url: str = ""
    media_url_https: str = ""
    video_info: VideoInfo = VideoInfo()


class Point(Part):
    """GeoJSON: longitude comes first."""

    coordinates: Annotated[tuple[float, ...], Field(min_length=2, max_length=3)]


class Shared(Part):
    coordinates: Point


class Location(Part):
    shared_coordinate: Shared | None = None

    def place(self) -> Place | None:
        """Where it is, if it is a point and not a place by name."""
        if self.shared_coordinate is None:
            return None
        longitude, latitude, *_ = self.shared_coordinate.coordinates.coordinates
        return Place(latitude=latitude, longitude=longitude)


class Attached(Part):
    media: Media | None = None
    location: Location | None = None


class Data(Part):
    text: str = ""
    attachment: Attached = Attached()


class Created(Part):
    sender_id: ShortId
    message_data: Data


class Kind(Part):
    """Of a direct message event, before it is known whether we take it."""

    type: str = ""


class DirectMessage(Part):
    """created_timestamp: milliseconds, in a string."""

    id: ShortId
    created_timestamp: Milliseconds
    message_create: Created


class User(Part):
    name: str = ""


class Activity(Part):
    """What happened to one user: each event is read by itself, for one that we cannot understand
    must not lose the others. users: id → who they are."""

    for_user_id: ShortId | None = None
    direct_message_events: tuple[Any, ...] = ()
    users: dict[str, Any] = Field(default_factory=dict)
