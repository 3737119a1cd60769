"""Signatures with any defect: what python3-dkim's canonicalisation, hashes and RSA make of a list of
tags that the caller chooses. Its own signer only makes good ones."""

import base64
import hashlib
import re

import nacl.signing
from dkim.canonicalization import Relaxed, Simple
from dkim.crypto import HASH_ALGORITHMS, RSASSA_PKCS1_v1_5_sign, parse_pem_private_key

CANON = {"simple": Simple, "relaxed": Relaxed}
ED25519_SEED = base64.b64decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")  # RFC 8463 A.1


class Key:
    def __init__(self, path=None):
        self.rsa = parse_pem_private_key(open(path, "rb").read()) if path else None
        self.seed = ED25519_SEED

    def sign(self, algorithm, data):
        if algorithm.startswith("ed25519"):
            digest = hashlib.sha256(data).digest()
            return nacl.signing.SigningKey(self.seed).sign(digest).signature
        name = algorithm if algorithm in ("rsa-sha1", "rsa-sha256") else "rsa-sha256"
        h = HASH_ALGORITHMS[name.encode()]()
        h.update(data)
        return RSASSA_PKCS1_v1_5_sign(h, self.rsa)


def canon_words(c):
    """What c= says; None: not given."""
    words = (c or "simple/simple").split("/")
    known = [w if w in CANON else "simple" for w in words]
    return known[0], known[1] if len(known) > 1 else "simple"


def body_hash(body, canon, algorithm="rsa-sha256", length=None):
    text = CANON[canon].canonicalize_body(body)
    if length is not None:
        text = text[:length]
    h = hashlib.sha1 if algorithm.endswith("sha1") else hashlib.sha256
    return base64.b64encode(h(text).digest()).decode()


def header_text(canon, name, value, ended=True):
    [(n, v)] = CANON[canon].canonicalize_headers([(name, value)])
    text = n + b":" + v
    text = text[:-2] if text.endswith(b"\r\n") else text
    return text + (b"\r\n" if ended else b"")


def selected(headers, names):
    """From the bottom up, as RFC 6376 5.4.2 has it."""
    left = list(headers)
    out = []
    for name in names:
        for i in range(len(left) - 1, -1, -1):
            if left[i] and left[i][0].strip().lower() == name.strip().lower():
                out.append(left[i])
                left[i] = None
                break
    return out


def fold(b64, indent="\r\n\t"):
    return indent.join(b64[i:i + 70] for i in range(0, len(b64), 70))


def tag_text(tags):
    """tags: list of (name, value); value None leaves the tag out."""
    return "; ".join("%s=%s" % (n, v) for n, v in tags if v is not None)


def sign_field(name, tags, key, headers, body, raw=None):
    """One DKIM-Signature or ARC-Message-Signature over headers and body: a (name, value) pair. tags are in
    order; bh and b are filled in when they are "?". raw rewrites the text of the tags, b= empty."""
    values = dict((n, v) for n, v in tags if v is not None)
    algorithm = values.get("a", "rsa-sha256")
    hc, bc = canon_words(values.get("c"))
    length = int(values["l"]) if str(values.get("l", "")).isdigit() else None
    tags = [(n, body_hash(body, bc, algorithm, length) if n == "bh" and v == "?" else v)
            for n, v in tags]
    empty = tag_text([(n, "" if n == "b" and v == "?" else v) for n, v in tags])
    if raw:
        empty = raw(empty)
    data = b"".join(header_text(hc, *h) for h in
                    selected(headers, [n.encode() for n in values.get("h", "").split(":")]))
    data += header_text(hc, name, b" " + empty.encode("latin-1"), False)
    return name, b" " + put_b(empty, tags, key, algorithm, data).encode("latin-1")


def put_b(empty, tags, key, algorithm, data):
    """The signature into its b=, which is empty so far; not if the caller gave one."""
    if ("b", "?") not in tags:
        return empty
    b64 = fold(base64.b64encode(key.sign(algorithm, data)).decode())
    return re.sub(r"((?:^|[;\s])b\s*=)", lambda m: m.group(1) + b64, empty, count=1)


def seal_field(tags, key, sets, raw=None):
    """An ARC-Seal: over sets (a list of lists of fields) and itself."""
    values = dict((n, v) for n, v in tags if v is not None)
    empty = tag_text([(n, "" if n == "b" and v == "?" else v) for n, v in tags])
    if raw:
        empty = raw(empty)
    data = b"".join(header_text("relaxed", *h) for s in sets for h in s)
    data += header_text("relaxed", b"ARC-Seal", b" " + empty.encode("latin-1"), False)
    text = put_b(empty, tags, key, values.get("a", "rsa-sha256"), data)
    return b"ARC-Seal", b" " + text.encode("latin-1")


def message(headers, body):
    return b"".join(n + b":" + v + b"\r\n" for n, v in headers) + b"\r\n" + body

