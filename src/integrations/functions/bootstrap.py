"""Runs a Python handler: the Lambda Runtime API, as Lambda's own runtime speaks it.

The server starts it with `python3 -c` in the function's folder; what it needs is in the environment.
"""
import decimal
import http.client
import importlib
import json
import logging
import os
import sys
import time
import traceback

API = os.environ["AWS_LAMBDA_RUNTIME_API"]
PREFIX = "/2018-06-01/runtime/"


class Identity:
    cognito_identity_id = None
    cognito_identity_pool_id = None


class Context:
    """What a handler is told besides its event."""

    def __init__(self, headers):
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = Identity()
        client = headers.get("Lambda-Runtime-Client-Context")
        self.client_context = json.loads(client) if client else None

    def get_remaining_time_in_millis(self):
        return max(0, int(self.deadline_ms - time.time() * 1000))


class Log(logging.Handler):
    """Lines as Lambda has them."""
    request_id = ""

    def emit(self, record):
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        sys.stdout.write("[%s]\t%s.%03dZ\t%s\t%s\n" % (
            record.levelname, stamp, record.msecs, Log.request_id, self.format(record)))


class Api:
    def __init__(self):
        self.connection = http.client.HTTPConnection(API)

    def call(self, method, path, body=None):
        self.connection.request(method, PREFIX + path, body)
        answer = self.connection.getresponse()
        return answer.headers, answer.read()


def encode(value):
    if isinstance(value, decimal.Decimal):
        return float(value)
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)


def report(kind, message, request_id="", stack=()):
    return json.dumps({"errorMessage": message, "errorType": kind, "requestId": request_id,
                       "stackTrace": list(stack)}).encode()


def describe(error, request_id, skip=1):
    """The error's report: its stack begins in the handler."""
    stack = traceback.format_list(traceback.extract_tb(error.__traceback__)[skip:])
    return report(type(error).__name__, str(error), request_id, stack)


def find_handler(name):
    """The function, or None and a report that says why not."""
    module_name, _, function_name = name.rpartition(".")
    if not module_name:
        return None, report("Runtime.MalformedHandlerName",
                            "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % name)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        return None, report("Runtime.ImportModuleError",
                            "Unable to import module '%s': %s" % (module_name, error))
    except SyntaxError as error:
        return None, report("Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (
            module_name, error), stack=['  File "%s" Line %s\n    %s' % (
                error.filename, error.lineno, error.text)])
    except Exception as error:  # the module's own, while it is loaded
        return None, describe(error, "", 0)
    function = getattr(module, function_name, None)
    if function is None and function_name == "handler":
        function = getattr(module, "lambda_handler", None)
    if function is None:
        return None, report("Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (
            function_name, module_name))
    return function, None


def run(handler, event, context):
    """The result as JSON text, or a report: (is it an error, body)."""
    try:
        result = handler(json.loads(event), context)
    except Exception as error:
        return True, describe(error, context.aws_request_id)
    try:
        return False, json.dumps(result, default=encode, ensure_ascii=False).encode()
    except (TypeError, ValueError) as error:
        return True, report("Runtime.MarshalError", "Unable to marshal response: %s" % error,
                            context.aws_request_id)


def main():
    sys.path.insert(0, os.getcwd())
    logging.root.handlers = [Log()]
    api = Api()
    handler, trouble = find_handler(os.environ["_HANDLER"])
    if handler is None:
        api.call("POST", "init/error", trouble)
        sys.exit(1)
    while True:
        headers, event = api.call("GET", "invocation/next")
        context = Context(headers)
        Log.request_id = context.aws_request_id
        failed, body = run(handler, event, context)
        if failed:
            trouble = json.loads(body)
            print("[ERROR] %s: %s\nTraceback (most recent call last):\n%s" % (
                trouble["errorType"], trouble["errorMessage"], "".join(trouble["stackTrace"])))
        sys.stdout.flush()
        api.call("POST", "invocation/%s/%s" % (context.aws_request_id,
                                               "error" if failed else "response"), body)


main()
