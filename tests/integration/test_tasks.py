"""A ticket is set aside for a task, others do it, and the ticket comes back, whoever owns its desk
meanwhile."""

import pytest

from shared.contracts.command_rejected_v1 import CommandRejected
from shared.contracts.open_task_v1 import OpenTask
from shared.contracts.reply_to_ticket_v1 import ReplyToTicket
from tests.integration.dealer_world import DESK, World
from tests.integration.explaining import explained, explaining, steps_of
from tests.integration.test_replay import another_turn, replay, rows

pytestmark = pytest.mark.stack

NOTE = "is this passport genuine?"


async def test_a_task_is_done_by_others_and_its_ticket_comes_back_to_who_asked(
    world: World,
) -> None:
    async with explaining(world):
        await anna_and_boris(world)
        await world.dealt_and_accepted("asked")
        about = {"desk": DESK, "agent": "anna", "ticket": "asked", "assignment": 1}
        await world.tell(OpenTask.model_validate({**about, "to_queue": "identity", "note": NOTE}))
        await world.open("next")
        following = await world.card("next", "offered")
        await world.accept(following)
        task = await world.offer("asked.t1", 1)
        await world.accept(task)
        await world.card("asked.t1", "accepted")

    async with explaining(world) as client:  # another owner
        boris = {"desk": DESK, "agent": "boris", "ticket": "asked.t1", "assignment": 1}
        wrong = await world.tell(ReplyToTicket.model_validate({**boris, "text": "It is."}))
        refused = await world.said(CommandRejected, lambda each: each.command == wrong)
        await world.serve(task)
        woken = await world.step("asked", "woken")
        await world.serve(following)
        again = await world.offer("asked", 2)
        story = await explained(client, "asked", lambda told: "woken" in steps_of(told))
        own = await explained(client, "asked.t1", lambda told: told.state == "closed")
        stored = await world.store["tickets"].find_one({"_id": "asked.t1"})
        await another_turn(world)

    assert following.agent == again.agent == "anna"
    assert (task.agent, task.queue, task.parent, task.note) == ("boris", "identity", "asked", NOTE)
    assert refused.detail == "A task has no customer: answer in the ticket itself."
    assert [each.on for each in woken.steps] == ["task_done", "woken"]
    assert (again.tasks, again.task_done and again.task_done.by) == (None, "boris")
    assert stored is not None
    assert "joinable" not in stored

    said = [moment.says for moment in story.moments]
    at = said.index("anna set it aside until its task asked.t1 (identity) is done")
    assert said[at + 1].startswith("its task asked.t1 was done by boris, ")
    assert said[at + 2] == "back from where it was set aside: its tasks are done"
    assert own.moments[0].says == "opened by anna as a task of asked: queue identity"
    assert NOTE not in story.model_dump_json() + own.model_dump_json()

    [shard] = rows(await replay(world, "--json"))
    assert (shard["decisions"], shard["same"], shard["unplayable"]) == (4, 4, None)


async def anna_and_boris(world: World) -> None:
    """Anna has one slot; only Boris knows passports, and he speaks no customer's language."""
    await world.hire("anna", skills={"lang.ru": 5, "lang.en": 5, "payments": 5}, capacity=1.0)
    await world.hire("boris", skills={"lang.en": 5, "identity": 5}, capacity=1.0)
    await world.on_duty("anna", "boris")
