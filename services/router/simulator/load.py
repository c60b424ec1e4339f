"""From a file to a scenario that fits a policy."""

from collections.abc import Iterator
from pathlib import Path as FilePath

from services.router.policy import FileInvalid, Policy
from services.router.policy.desk import DeskPolicy
from services.router.policy.roster import LANGUAGE_PREFIX
from services.router.policy.source import Path, read_source, validate
from services.router.simulator.scenario import AgentsSection, ArrivalsSection, ScenarioFile

Fault = tuple[Path, str]


def load_scenario(path: FilePath, *, policy: Policy) -> ScenarioFile:
    """Read a scenario file. Raises FileInvalid, OSError."""
    return parse_scenario(path.read_text(encoding="utf-8"), policy=policy, name=path.name)


def parse_scenario(text: str, *, policy: Policy, name: str = "scenario") -> ScenarioFile:
    """Raises FileInvalid: also for names the policy does not know."""
    source = read_source(text, name=name)
    file = validate(source, ScenarioFile)
    if faults := [source.problem(path, says) for path, says in _faults(file, policy)]:
        raise FileInvalid(name, faults)
    return file


def _faults(file: ScenarioFile, policy: Policy) -> Iterator[Fault]:
    desk = policy.by_desk.get(file.desk)
    if desk is None:
        yield ("desk",), f"the policy has no desk {file.desk!r}: {', '.join(policy.desks())}"
        return
    for name, kind in file.arrivals.items():
        yield from _arrivals(kind, policy, desk, ("arrivals", name))
    for name, group in file.agents.items():
        yield from _agents(group, policy, ("agents", name))


def _arrivals(
    kind: ArrivalsSection, policy: Policy, desk: DeskPolicy, here: Path
) -> Iterator[Fault]:
    if kind.topic not in desk.section.topics and kind.topic != desk.section.otherwise:
        topics = ", ".join(desk.section.topics)
        yield (
            (*here, "topic"),
            f"the desk has no topic {kind.topic!r}: {topics}, "
            f"or {desk.section.otherwise!r} for what nobody understands",
        )
    if kind.lang not in desk.section.languages:
        languages = ", ".join(desk.section.languages)
        yield (*here, "lang"), f"the desk does not serve {kind.lang!r}: {languages}"
    if kind.channel not in policy.channels:
        yield (*here, "channel"), _no_channel(kind.channel, policy)


def _agents(group: AgentsSection, policy: Policy, here: Path) -> Iterator[Fault]:
    for skill in group.skills:
        if not skill.startswith(LANGUAGE_PREFIX) and skill not in policy.skills:
            yield (
                (*here, "skills", skill),
                f"the policy has no skill {skill!r}: add it to its `skills`",
            )
    for index, channel in enumerate(group.channels):
        if channel not in policy.channels:
            yield (*here, "channels", index), _no_channel(channel, policy)


def _no_channel(channel: str, policy: Policy) -> str:
    return f"the policy has no channel {channel!r}: {', '.join(policy.channels)}"
