"""Signature Version 4 written once more, in few lines, to check what the server signs."""

import hashlib
import hmac
import re
import urllib.parse


def derive(secret, scope, text):
    key = ("AWS4" + secret).encode()
    for part in [*scope.split("/"), text]:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key.hex()


def to_sign(date, scope, method, path, query, headers, names, body):
    request = "\n".join([method, path, query, *[f"{n}:{headers[n]}" for n in names.split(";")], "", names,
                         hashlib.sha256(body).hexdigest()])
    return "\n".join(["AWS4-HMAC-SHA256", date, scope, hashlib.sha256(request.encode()).hexdigest()])


def key_of(headers):
    return re.search(r"Credential=([^/]*)", headers["Authorization"])[1]


def scope_of(headers):
    """DATE/REGION/SERVICE/aws4_request"""
    return re.search(r"Credential=[^/]+/(\S+),", headers["Authorization"])[1]


def is_signed(method, target, headers, body, secret):
    """Whether the secret made this signature; a path is encoded twice, as all services but S3 ask."""
    lower = {k.lower(): v for k, v in headers.items()}
    path, _, query = target.partition("?")
    names = re.search(r"SignedHeaders=([^,]+)", lower["authorization"])[1]
    text = to_sign(lower["x-amz-date"], scope_of(headers), method, urllib.parse.quote(path),
                   "&".join(sorted(query.split("&"))), lower, names, body)
    return lower["authorization"].endswith("Signature=" + derive(secret, scope_of(headers), text))
