#!/usr/bin/env python3
"""Lambda's Invoke API in front of a folder of programs: for trying things out on one's own machine.

    lambda_endpoint.py FOLDER [PORT]

The function NAME is the program FOLDER/NAME.* (any ending): the event comes on its standard input,
its standard output is the result. An exit status other than 0 makes it a function's error, with what
the program printed if that is a JSON object with errorType and errorMessage. Prints the endpoint's
URL, for `stepwell serve --lambda-endpoint`.
"""

import glob
import http.server
import json
import os
import re
import subprocess
import sys

FOLDER = os.path.abspath(sys.argv[1])


class Endpoint(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        event = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        found = re.fullmatch(r"/2015-03-31/functions/([^/]+)/invocations", self.path.split("?")[0])
        name = found and re.sub(r".*(:|%3A)function(:|%3A)", "", found[1]).split(":")[0]
        programs = glob.glob(os.path.join(glob.escape(FOLDER), glob.escape(name or "") + ".*"))
        if not found or not programs:
            self.answer(404, json.dumps({"Message": f"Function not found: {name}"}).encode(),
                        X_Amzn_ErrorType="ResourceNotFoundException")
            return
        done = subprocess.run([programs[0]], input=event, stdout=subprocess.PIPE, check=False)
        if done.returncode == 0:
            self.answer(200, done.stdout.strip() or b"null")
            return
        failure = done.stdout.strip() or json.dumps(
            {"errorType": "ExitStatus", "errorMessage": f"status {done.returncode}"}).encode()
        self.answer(200, failure, X_Amz_Function_Error="Unhandled")

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2]) if len(sys.argv) > 2 else 0),
                                         Endpoint)
print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
try:
    server.serve_forever()
except KeyboardInterrupt:
    pass
