"""What the doors are compared with: an endpoint that reads JSON, publishes the body as it is and
answers 200 when the broker has it. The same server, loop and client library; no more."""

import asyncio
import json
import os
from itertools import count
from typing import Any

import uvloop
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI, Request

from shared.runtime.http import HttpServer


async def serve() -> None:
    producer: Any = AIOKafkaProducer(bootstrap_servers=os.environ["CROUPIER_KAFKA"], acks="all")
    topic = os.environ["CROUPIER_TOPIC_PREFIX"] + "support.inbound.v1"
    api = FastAPI(openapi_url=None)
    numbers = count()

    @api.post("/{path:path}")
    async def take(request: Request) -> dict[str, int]:
        told = await request.json()
        key = b"%d" % (next(numbers) % 5_000)  # as many senders as in the load
        record = await producer.send_and_wait(topic, await request.body(), key=key)
        return {"fields": len(told), "offset": record.offset}

    await producer.start()
    try:
        async with HttpServer(api, host="127.0.0.1", port=0) as http:
            told = {"event": "bare.open", "http": http.address[1]}
            print(json.dumps(told), flush=True)  # noqa: T201
            await asyncio.Event().wait()
    finally:
        await producer.stop()


if __name__ == "__main__":
    uvloop.run(serve())
