#!/usr/bin/env python3
"""Stands for the person who reviews: thinks, and answers, or is out for lunch.

On AWS this function would send the token to somebody, whose answer would come back by
SendTaskSuccess. In `stepwell run` what it prints counts as that answer. On a server the answer comes
from you: with REVIEWER=you it says how to give it.
"""

import json
import os
import sys
import time

event = json.load(sys.stdin)
request, reviewer = event["request"], event["reviewer"]

if os.environ.get("REVIEWER") == "you":
    answers = ({"approved": True, "by": reviewer},
               {"approved": False, "by": reviewer, "reason": "too expensive"})
    print(f"\n{request['requester']} asks the {reviewer}: {request['item']} for {request['amount']}?\n",
          file=sys.stderr)
    for answer in answers:
        print(f"  {os.environ.get('STEPWELL', 'stepwell')} tasks succeed {event['token']} "
              f"--output '{json.dumps(answer)}'", file=sys.stderr)
    print("{}")
    sys.exit()

if reviewer in request.get("absent", []):
    time.sleep(60)  # longer than the state waits

time.sleep(1.2)
if request["amount"] > request.get("budget", 5000):
    answer = {"approved": False, "by": reviewer, "reason": "over budget"}
else:
    answer = {"approved": True, "by": reviewer}
json.dump(answer, sys.stdout)
