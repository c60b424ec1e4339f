"""A ticket goes to a confidential queue: from then on it is there for those of the role alone."""

import asyncio
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from cli.main import app
from services.router.explain.model import Explanation
from shared.contracts.assignment_card_v1 import AssignmentCard
from shared.contracts.transfer_ticket_v1 import TransferTicket
from tests.integration.dealer_world import DESK, POLICY, World, up_of
from tests.integration.explaining import BEARER, OF_FEW, ROLE, TOKEN, explained, explaining

pytestmark = pytest.mark.stack

MONEY = "Where is my withdrawal? I am waiting for my payout"
IN_NEED = "I cannot stop gambling, please exclude me from your site for six months"
SECRET = "laundering"
QUEUE = f"""\
      {SECRET}:
        needs: {{integrity: 3}}
        targets: {{"*": 4h}}
        protected: true
        confidential: true
"""


async def test_a_ticket_handed_on_to_a_confidential_queue_is_there_for_the_role_alone(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(
        POLICY.read_text("utf-8").replace("    queues:\n", f"    queues:\n{QUEUE}", 1)
    )
    monkeypatch.chdir(tmp_path)
    up_of(world).model_copy(update={"policy": policy}).save()
    with capture_logs() as logged:
        async with explaining(world, router_policy=policy) as client:
            secret = await _handed_on(world)
            await world.write("2", IN_NEED)
            other = (
                await world.said(AssignmentCard, lambda card: card.queue == "integrity")
            ).ticket

            whole = await explained(client, secret, _transferred, shown=ROLE)
            beside = [await explained(client, other, shown=shown) for shown in (ROLE, BEARER)]
            for question in ("", "?agent=anna"):
                refused, unknown = [
                    await client.get(f"/v1/tickets/{ticket}/explain{question}", headers=BEARER)
                    for ticket in (secret, "x" * len(secret))
                ]
                assert refused.status_code == unknown.status_code == 404
                assert _but_the_date(refused.headers) == _but_the_date(unknown.headers)
                assert refused.text == unknown.text.replace("x" * len(secret), secret)
            over_http = ("--url", str(client.base_url), "--token")
            by_role, by_others, from_store = [
                await asyncio.to_thread(CliRunner().invoke, app, ["explain", secret, *arguments])
                for arguments in ((*over_http, OF_FEW), (*over_http, TOKEN), ())
            ]

    assert whole.queue == SECRET
    assert [f"beside ticket {secret}" in told.moments[0].details for told in beside] == [
        True,
        False,
    ]
    assert secret not in beside[1].model_dump_json()
    assert f"handed it on to the queue {SECRET}" in by_role.stdout
    for answer in (by_others, from_store):
        assert answer.exit_code == 1
        assert f"there is no ticket {secret}" in answer.output
    read = {(line["ticket"], line["role"]) for line in logged if line["event"] == "explain.read"}
    assert read == {(secret, "confidential"), (other, "confidential")}


async def _handed_on(world: World) -> str:
    """The ticket of a customer whom anna suspects."""
    skills = {"lang.en": 5, "payments": 5, "integrity": 5}
    await world.staff("anna", skills=skills, channels=("form",), capacity=9.0)
    await world.write("1", MONEY)
    card = await world.said(AssignmentCard, lambda card: card.state == "offered")
    await world.accept(card)
    await world.tell(
        TransferTicket(desk=DESK, agent="anna", ticket=card.ticket, assignment=1, to_queue=SECRET)
    )
    return card.ticket


def _transferred(told: Explanation) -> bool:
    return any(moment.on == "transferred" for moment in told.moments)


def _but_the_date(headers: httpx.Headers) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name != "date"}
