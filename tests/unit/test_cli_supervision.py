"""What dies is started again; how it died is said."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from cli.service_process import ServiceProcess, ServiceSpec
from cli.supervision import Supervisor, how_it_ended
from deploy.stack import StackError
from deploy.stack.ports import free_ports

# serves /health/ready like a service, and nothing else
STAND_IN = """
import http.server, os
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
        self.wfile.write(b'{"ready": true, "waiting_for": []}')
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(os.environ["STAND_IN_PORT"])), Health).serve_forever()
"""


@pytest.fixture
def service(tmp_path: Path) -> ServiceProcess:
    (tmp_path / "stand_in.py").write_text(STAND_IN)
    [port] = free_ports(1)
    env = {"STAND_IN_PORT": str(port), "PYTHONPATH": str(tmp_path)}
    return ServiceProcess(
        ServiceSpec("stand-in", "stand_in", port=port, log=tmp_path / "logs" / "log", env=env)
    )


async def test_a_killed_service_is_buried_started_again_and_said_to_be_ready(
    service: ServiceProcess,
) -> None:
    said: list[str] = []
    buried: list[str] = []
    restarts: Counter[str] = Counter()
    ready = asyncio.Event()

    def say(line: str) -> None:
        said.append(line)
        if "ready again" in line:
            ready.set()

    async def bury(dead: ServiceProcess) -> None:
        buried.append(dead.name)

    async def heal() -> list[str]:
        return []

    service.start()
    await service.wait_ready()
    before = service.pid
    supervisor = Supervisor([service], restarts=restarts, say=say, on_start=lambda: None, bury=bury)
    watching = asyncio.create_task(supervisor.run(heal_stack=heal))
    try:
        service.kill()
        await ready.wait()
        assert said[0] == "stand-in was killed by SIGKILL: starting it again"
        assert buried == ["stand-in"]
        assert restarts == {"stand-in": 1}
        assert service.alive
        assert service.pid != before
    finally:
        watching.cancel()
        await asyncio.wait({watching})
        service.kill()


async def test_a_frozen_service_does_not_answer_until_it_goes_on(service: ServiceProcess) -> None:
    service.start()
    try:
        await service.wait_ready()
        service.pause()
        with pytest.raises(StackError, match="stand-in waits for answer"):
            await service.wait_ready(seconds=0)
        service.resume()
        await service.wait_ready()
    finally:
        assert await service.stop() == -15


async def test_a_service_that_cannot_start_shows_its_last_words(tmp_path: Path) -> None:
    spec = ServiceSpec("broken", "no_such_module", port=1, log=tmp_path / "log", env={})
    broken = ServiceProcess(spec)
    broken.start()
    with pytest.raises(StackError, match=r"(?s)broken ended while starting.*No module named"):
        await broken.wait_ready()


def test_the_end_is_said_in_words() -> None:
    assert how_it_ended(-9) == "was killed by SIGKILL"
    assert how_it_ended(1) == "ended with exit code 1"
