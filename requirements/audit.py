"""`make audit`: are vulnerabilities known in what is pinned here?

Exit code 0: everything was checked, nothing is known. 1: something is known. 2: not everything could be checked,
because the service that knows did not answer; then nothing is proven.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FILES = tuple(sorted(Path(__file__).parent.glob("*.txt")))
CLEAN, VULNERABLE, NOT_CHECKED = 0, 1, 2


def main(files: Sequence[Path] = FILES) -> int:
    """Write one line for each finding; gives the exit code."""
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner", "off"]
    command += ["--format", "json", *(part for file in files for part in ("--requirement", str(file)))]
    # pip-audit's own exit code does not tell an unreachable service from a vulnerability, nor from nothing at all.
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no input of others
    try:
        dependencies = json.loads(ended.stdout)["dependencies"]
    except (ValueError, KeyError):
        say("NOT CHECKED: the vulnerability service cannot be reached, or pip-audit failed:")
        say((ended.stderr.strip().splitlines() or ["it said nothing"])[-1])
        return NOT_CHECKED
    return report(dependencies)


def report(dependencies: Sequence[dict[str, Any]]) -> int:
    """Say what is known of each dependency."""
    vulnerable = [each for each in dependencies if each.get("vulns")]
    skipped = [each for each in dependencies if "vulns" not in each]
    for each in vulnerable:
        known = ", ".join(f"{vuln['id']}, fixed in {vuln['fix_versions'] or 'none'}" for vuln in each["vulns"])
        say(f"VULNERABLE: {each['name']} {each['version']}: {known}")
    if skipped:
        say(f"NOT CHECKED: {len(skipped)} of {len(dependencies)}, the service knows or says nothing of them:")
        say(", ".join(each["name"] for each in skipped[:10]) + (", …" if len(skipped) > 10 else ""))
    if not dependencies:
        say("NOT CHECKED: no dependency was found")
    if not vulnerable and not skipped and dependencies:
        say(f"Nothing is known against any of the {len(dependencies)} dependencies.")
    return VULNERABLE if vulnerable else NOT_CHECKED if skipped or not dependencies else CLEAN


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
