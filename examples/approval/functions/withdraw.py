#!/usr/bin/env python3
"""Cleans up after a request that failed, wherever it did: the machine's own Catch leads here."""

import json
import sys

failure = json.load(sys.stdin)
reason = f"failed in {failure.get('State', 'an unknown state')}: {failure.get('Error')}"
json.dump({"reason": reason}, sys.stdout)
