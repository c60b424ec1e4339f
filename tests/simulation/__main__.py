"""`python -m tests.simulation --seed N`: play one seed and print its history."""

import argparse
import sys
import time

from tests.simulation.run import simulate


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--quiet", action="store_true", help="the verdict only")
    options = parser.parse_args()
    started = time.perf_counter()
    report = simulate(options.seed)
    lines = [f"{each.at:8.3f}  {each.what:14} {each.says}" for each in report.history]
    if not options.quiet:
        sys.stdout.write("\n".join([*lines, f"{report.plan}", ""]))
    for violation in report.violations:
        says = f"VIOLATION {violation.invariant} at {violation.at:.3f}: {violation.says}\n"
        sys.stdout.write(says)
    sys.stdout.write(
        f"seed {report.seed}: {report.accepted} accepted, {report.commits} commits,"
        f" {report.sightings} cards shown, healed in {report.healed_after:.0f} s,"
        f" fingerprint {report.fingerprint:x}, {time.perf_counter() - started:.2f} s of ours\n"
    )
    return 0 if report.whole else 1


if __name__ == "__main__":
    sys.exit(main())
