#!/usr/bin/env python3
"""Checks a purchase request and finds out who has to approve it."""

import json
import sys
import time

request = json.load(sys.stdin)
time.sleep(0.4)

missing = [name for name in ("item", "amount", "requester") if name not in request]
if missing:
    # What a Lambda runtime makes of an exception: an error's name and its message.
    json.dump({"errorType": "IncompleteRequest", "errorMessage": f"missing: {', '.join(missing)}"},
              sys.stdout)
    sys.exit(1)

request["approver"] = "head of finance" if request["amount"] > 1000 else "team lead"
request["deputy"] = "deputy of the " + request["approver"]
request.setdefault("patience", {"approver": 2, "deputy": 5})  # seconds
json.dump(request, sys.stdout)
