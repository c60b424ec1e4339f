"""Each kind of request by its own transport."""

from dataclasses import dataclass

from services.ingest.courier.http import HttpProviders
from services.ingest.courier.sender import Letter, Reply, Request
from services.ingest.courier.smtp import MailServers


@dataclass(frozen=True, slots=True)
class Transports:
    http: HttpProviders
    mail: MailServers

    async def call(self, request: Request, /) -> Reply:
        """Raises NoAnswer."""
        if isinstance(request, Letter):
            return await self.mail.call(request)
        return await self.http.call(request)
