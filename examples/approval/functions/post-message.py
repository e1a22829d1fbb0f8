#!/usr/bin/env python3
"""Posts a message to a channel, or pretends to."""

import json
import sys
import time

event = json.load(sys.stdin)
time.sleep(0.6)
json.dump({"posted": event["text"]}, sys.stdout)
