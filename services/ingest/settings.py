"""What ingest is told from outside: `CROUPIER_*` and `CROUPIER_INGEST_*` variables."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from shared.messaging.producer import Codec
from shared.runtime.settings import Port, ServiceSettings


class IngestSettings(ServiceSettings):
    """Settings of the front door. Times are in seconds, sizes in bytes."""

    ingest_role: Literal["doors", "courier", "lobby", "poller"] = Field(
        "doors",
        description="doors take messages in; a courier carries replies; in the lobby customers"
        " chat and see their place; a poller reads what webhooks missed.",
    )
    ingest_accounts: Path = Field(
        Path("deploy/ingest/accounts.yaml"), description="Our accounts on the channels."
    )
    ingest_host: str = Field("127.0.0.1", description="Where HTTP listens.")
    ingest_port: Port = Field(8080, description="0 takes a free port.")
    ingest_public_url: str = Field(
        "http://localhost:8080",
        pattern=r"^https?://[^\s/?#]+$",
        description="Where providers reach our HTTP door, without a path: some sign it.",
    )
    ingest_smtp_host: str = Field("127.0.0.1", description="Where SMTP listens.")
    ingest_smtp_port: Port = Field(8025, description="0 takes a free port.")
    ingest_smtp_tls_cert: Path | None = Field(None, description="PEM chain; offers STARTTLS.")
    ingest_smtp_tls_key: Path | None = Field(None, description="PEM key of that chain.")
    ingest_answer_seconds: Annotated[float, Field(gt=0, le=60)] = Field(
        2.5, description="After this we answer 503 or 451, whatever the broker is doing."
    )
    ingest_publish_seconds: Annotated[float, Field(gt=0, le=60)] = Field(
        2.0, description="Time for the broker's acknowledgement; below the answer's."
    )
    ingest_body_seconds: Annotated[float, Field(gt=0)] = Field(
        10.0, description="Time for a request's body to arrive."
    )
    ingest_max_in_flight: Annotated[int, Field(gt=0)] = Field(
        2_000, description="Messages on their way to the broker; more are answered 503 or 451."
    )
    ingest_sender_per_minute: Annotated[int, Field(gt=0)] = Field(
        30, description="Above this a sender's messages are counted, and still accepted."
    )
    ingest_codec: Codec = Field(
        "none", description="none, lz4 or zstd: compression pays across a network, not on loopback."
    )

    ingest_group_suffix: str = Field(
        "", description="Appended to the courier's consumer group; for tests."
    )
    ingest_call_seconds: Annotated[float, Field(gt=0, le=30)] = Field(
        10.0, description="For a provider to answer a reply of ours; then it is in doubt."
    )
    ingest_calls: Annotated[int, Field(gt=0)] = Field(
        100, description="Replies on their way to providers at the same time."
    )
    ingest_reply_hours: Annotated[float, Field(gt=0)] = Field(
        24.0, description="A reply that could not be sent for so long is given up, and reported."
    )

    ingest_chat_max_sockets: Annotated[int, Field(gt=0)] = Field(
        10_000, description="Customers' sockets of one lobby."
    )
    ingest_chat_sockets_per_address: Annotated[int, Field(ge=0)] = Field(
        100, description="Of one IP address at one lobby; 0: no limit."
    )
    ingest_chat_proxies: Annotated[int, Field(ge=0, le=10)] = Field(
        0,
        description="Our own proxies before the lobby: as many addresses at the end of"
        " X-Forwarded-For are believed.",
    )
    ingest_chat_messages_per_minute: Annotated[int, Field(gt=0)] = Field(
        120, description="Of one customer's socket, of all kinds; more are refused."
    )
    ingest_chat_heartbeat_seconds: Annotated[float, Field(gt=0, le=300)] = Field(
        25.0, description="A customer's socket that is silent for three of these is closed."
    )
    ingest_chat_widget: Path = Field(
        Path("services/ingest/lobby/widget/dist"),
        description="Folder of the widget's built files; it may be absent.",
    )
    ingest_chat_demo: bool = Field(False, description="Whether the lobby serves /chat/demo.")
    ingest_poll_seconds: Annotated[float, Field(ge=1, le=3600)] = Field(
        60.0, description="Between two looks of a poller at a provider's list of messages."
    )
    ingest_poll_back_hours: Annotated[float, Field(gt=0, le=720)] = Field(
        24.0, description="How far back a poller looks when it starts."
    )

    @model_validator(mode="after")
    def _publish_ends_before_the_answer(self) -> "IngestSettings":
        if self.ingest_publish_seconds >= self.ingest_answer_seconds:
            raise ValueError("ingest_publish_seconds must be below ingest_answer_seconds")
        if (self.ingest_smtp_tls_cert is None) != (self.ingest_smtp_tls_key is None):
            raise ValueError("ingest_smtp_tls_cert and ingest_smtp_tls_key go together")
        return self
