#!/usr/bin/env python3
"""The corpus of state machine definitions, created on a server: what is right is accepted with the services' own models
at hand, which know each action and its parameters.

Skipped where ../shared is absent. tests/known_failures/asl.txt has what is refused, with reasons."""

import json
import os

from cli_check import ROOT, claim, finish
from serve_kit import Failed, Server

CORPUS = os.path.join(ROOT, "../shared/corpora/asl")


def read_known():
    with open(os.path.join(ROOT, "tests/known_failures/asl.txt"), encoding="utf-8") as lines:
        return {line.split()[0] for line in lines if line.strip() and not line.startswith("#")}


def create(server, number, entry):
    """Empty, or why it is refused."""
    with open(os.path.join(CORPUS, entry["file"]), encoding="utf-8") as file:
        try:
            definition = json.load(file)
        except ValueError:
            return None
    try:
        server.create(f"m{number}", definition, type=entry.get("type") or "STANDARD")
    except Failed as failed:
        return failed.message
    return ""


def main():
    if not os.path.isdir(CORPUS):
        print("skip: no ../shared/corpora/asl\n0 passed, 0 failed, 1 skipped")
        return
    with open(os.path.join(CORPUS, "manifest.json"), encoding="utf-8") as file:
        entries = [e for e in json.load(file) if e["valid"] is True and e["class"] != "fixture"]
    known = read_known()
    with Server() as server:
        for number, entry in enumerate(entries):
            why = create(server, number, entry)
            if why is None:
                continue
            if entry["file"] in known:
                claim(f"{entry['file']} is refused, as it is listed", why != "")
            else:
                claim(f"{entry['file']} is created", why == "", why[:500])
    finish()


if __name__ == "__main__":
    main()
