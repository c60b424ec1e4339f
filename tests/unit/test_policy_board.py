"""Which version of the policy is in force."""

from services.router.policy import Notice, PolicyBoard, parse_policy
from tests.unit.test_policy_compare import POLICY
from tests.unit.test_policy_protected import TEXT as CONFIDENTIAL


def text(version: int) -> str:
    return POLICY.replace("version: 1", f"version: {version}")


def board(version: int = 3) -> PolicyBoard:
    return PolicyBoard(parse_policy(text(version)))


def take(policies: PolicyBoard, version: int, written: str | None = None) -> Notice:
    return policies.take(version=version, file="p.yaml", text=written or text(version))


def test_a_higher_version_takes_the_place_of_the_one_before() -> None:
    policies = board(3)
    told: list[int] = []
    policies.listen(lambda: told.append(policies.current.version))

    assert take(policies, 5) is Notice.TAKEN
    assert (policies.current.version, told) == (5, [5])


def test_of_two_files_with_one_number_the_first_counts() -> None:
    policies = board(3)
    take(policies, 4)
    first = policies.current

    assert take(policies, 4, text(4).replace("4h", "5h")) is Notice.STALE
    assert policies.current is first


def test_a_version_below_the_file_the_process_started_with_is_stale() -> None:
    assert take(board(3), 2) is Notice.STALE


def test_a_version_that_cannot_be_read_leaves_the_one_before_in_force_and_is_told() -> None:
    policies = board(3)

    assert take(policies, 4, text(4) + "surprise: true\n") is Notice.REFUSED
    assert (policies.current.version, policies.readable()) == (3, False)
    assert take(policies, 5) is Notice.TAKEN
    assert policies.readable()


def test_a_queue_that_was_confidential_in_any_version_stays_so() -> None:
    secret = CONFIDENTIAL.replace("version: 1", "version: 4")
    renamed = secret.replace("laundering", "reports").replace("version: 4", "version: 6")
    policies = PolicyBoard(parse_policy(CONFIDENTIAL.replace(", confidential: true", "")))
    assert policies.confidential == frozenset()

    assert take(policies, 6, renamed) is Notice.TAKEN
    assert take(policies, 4, secret) is Notice.STALE
    assert policies.confidential == {("main", "laundering"), ("main", "reports")}


def test_a_file_that_calls_itself_another_version_is_refused() -> None:
    assert take(board(3), 4, text(9)) is Notice.REFUSED
