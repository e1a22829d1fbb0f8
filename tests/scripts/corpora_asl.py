#!/usr/bin/env python3
"""The corpus of state machine definitions: what is right is accepted, what is wrong refused.

    tests/scripts/corpora_asl.py [-v] [CORPUS]

Runs `$STEPWELL validate --format json` over every definition that CORPUS/manifest.json names (default:
../shared/corpora/asl beside the repository; skipped where that is absent). Checked:

  verdict      `valid` true is accepted and false refused, as STANDARD or as the type that is named
  diagnostics  where AWS's answer was recorded, errors are equal: code, message, location, in order

tests/known_failures/asl.txt lists what differs, one a line: the file, then the reason. A difference that
isn't listed fails, and so does a listed one that is gone. `valid: unknown` entries are only counted.
"""

import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
KNOWN = os.path.join(ROOT, "tests/known_failures/asl.txt")
FILES_AT_ONCE = 200


def read_known():
    """File name -> reason."""
    known = {}
    with open(KNOWN, encoding="utf-8") as lines:
        for line in lines:
            line = line.strip()
            if line and not line.startswith("#"):
                name, _, reason = line.partition(" ")
                known[name] = reason.strip()
    return known


def validate(corpus, files, machine_type):
    """File name -> what the command printed for it, an object like ValidateStateMachineDefinition's answer."""
    answers = {}
    for start in range(0, len(files), FILES_AT_ONCE):
        some = files[start:start + FILES_AT_ONCE]
        # Twice the first, so that there are always several and each answer is a line.
        run = subprocess.run([os.environ["STEPWELL"], "validate", "--format", "json", "--type", machine_type] +
                             [os.path.join(corpus, name) for name in some + some[:1]],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        lines = run.stdout.decode("utf-8").splitlines()
        if run.returncode not in (0, 1) or len(lines) != len(some) + 1:
            print(f"validate ended with {run.returncode} after {len(lines)} answers: "
                  f"{run.stderr.decode('utf-8', 'replace')[-500:]}")
        answers.update(zip(some, (json.loads(line) for line in lines)))
    return answers


def errors_of(answer):
    return [{key: value for key, value in found.items() if key in ("severity", "code", "message", "location")}
            for found in answer["diagnostics"] if found["severity"] == "ERROR"]


def as_exception(errors):
    """The message of CreateStateMachine's InvalidDefinition."""
    texts = [f"{e['code']}: {e['message']} at {e.get('location', 'null')}" for e in errors]
    return "Invalid State Machine Definition: '" + ", ".join(texts) + "'"


def differences(entry, answers):
    """What is not as expected of one definition: a list of sentences."""
    machine_type = entry.get("type") or "STANDARD"
    answer = answers[machine_type].get(entry["file"])
    if answer is None:
        return ["no answer"]
    found = []
    errors = errors_of(answer)
    if (answer["result"] == "OK") != entry["valid"]:
        found.append("is accepted" if answer["result"] == "OK" else f"is refused: {as_exception(errors[:2])}")
    for recorded in entry.get("aws", []):
        errors = errors_of(answers[recorded.get("type") or machine_type][entry["file"]])
        if "diagnostics" in recorded and errors != recorded["diagnostics"]:
            found.append(f"diagnostics {errors} are not {recorded['diagnostics']}")
        if "message" in recorded and as_exception(errors) != recorded["message"]:
            found.append(f"message {as_exception(errors)} is not {recorded['message']}")
    return found


def main():
    arguments = [a for a in sys.argv[1:] if a != "-v"]
    corpus = arguments[0] if arguments else os.path.join(ROOT, "../shared/corpora/asl")
    if not os.path.exists(os.path.join(corpus, "manifest.json")):
        print("skip: no corpus of definitions beside the repository")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    with open(os.path.join(corpus, "manifest.json"), encoding="utf-8") as manifest:
        entries = json.load(manifest)
    answers = {}
    for machine_type in ("STANDARD", "EXPRESS"):
        files = [e["file"] for e in entries
                 if (e.get("type") or "STANDARD") == machine_type
                 or any(a.get("type") == machine_type for a in e.get("aws", []))]
        answers[machine_type] = validate(corpus, files, machine_type)
    known = read_known()
    passed = failed = unknown = 0
    for entry in entries:
        if entry["valid"] == "unknown":
            unknown += 1
            continue
        found = differences(entry, answers)
        listed = entry["file"] in known
        if bool(found) == listed:
            passed += 1
        else:
            failed += 1
            print(f"FAILED {entry['file']}: {'; '.join(found) or 'listed as a known failure, but passes'}")
        if found and listed and "-v" in sys.argv:
            print(f"known  {entry['file']}: {'; '.join(found)} ({known[entry['file']]})")
    missing = set(known) - {e["file"] for e in entries}
    for name in sorted(missing) if not arguments else []:
        failed += 1
        print(f"FAILED {name}: listed as a known failure, but not in the corpus")
    print(f"{unknown} definitions of which nobody knows whether they are right")
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
