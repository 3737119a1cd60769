"""The messages of vectors/arc: chains of sets with one defect each, at the first, a middle or the last
set. A case has the verdict of RFC 8617 5.2 and the lowest instance whose message signature, with all
above it, is good (0: the chain never came so far)."""

import re

from dkim_cases import BODY, ED, ED25519, HEADERS, public
from signing import Key, message, seal_field, sign_field

KEYS = {"one": Key("vectors/keys/rsa1024.pem"), "two": Key("vectors/keys/two.pem"),
        "three": Key("vectors/keys/three.pem")}
FILES = {"one": "rsa1024", "two": "two", "three": "three"}
DOMAINS = ["one", "two", "three"]
NAMES = "From:To:Subject:Date:Message-ID"


def records():
    out = [("s._domainkey.%s.example" % d, "v=DKIM1; k=rsa; p=" + public(FILES[d])) for d in DOMAINS]
    out += [("ed._domainkey.%s.example" % d, "v=DKIM1; k=ed25519; p=" + ED25519) for d in DOMAINS]
    out += [("revoked._domainkey.%s.example" % d, "v=DKIM1; p=") for d in DOMAINS]
    out += [("later._domainkey.%s.example" % d, None) for d in DOMAINS]
    out += [("short._domainkey.%s.example" % d, "v=DKIM1; p=" + public("rsa768")) for d in DOMAINS]
    out += [("broken._domainkey.%s.example" % d, "k=rsa; ;;") for d in DOMAINS]
    return out


class Chain:
    """Sets from 1 up; hop() adds one as an honest sealer would, but for what it is told to do."""

    def __init__(self, headers=None, body=BODY):
        self.headers = list(headers or HEADERS)
        self.body = body
        self.sets = []

    def hop(self, cv=None, i=None, ams=(), seal=(), ams_drop=(), seal_drop=(), ams_raw=None,
            seal_raw=None, aar=None, key=None, seal_key=None, alone=False):
        n = i if i is not None else len(self.sets) + 1
        domain = DOMAINS[len(self.sets) % 3]
        cv = cv if cv is not None else ("none" if len(self.sets) == 0 else "pass")
        usual = [("i", str(n)), ("a", "rsa-sha256"), ("c", "relaxed/relaxed"),
                 ("d", domain + ".example"), ("s", "s"), ("t", "1700000000"), ("h", NAMES), ("bh", "?"),
                 ("b", "?")]
        given = dict(ams)
        tags = [(k, given.pop(k, v)) for k, v in usual if k not in ams_drop]
        tags = tags[:-1] + list(given.items()) + tags[-1:]
        a = dict(tags).get("a", "rsa-sha256")
        signer = key or (ED if str(a).startswith("ed") else KEYS[domain])
        value = aar or "i=%d; %s.example; arc=%s; spf=pass smtp.mailfrom=a@example.org" % (
            n, domain, "none" if cv == "none" else cv)
        aar_field = (b"ARC-Authentication-Results", b" " + value.encode())
        ams_field = sign_field(b"ARC-Message-Signature", tags, signer, self.headers, self.body, ams_raw)
        usual = [("i", str(n)), ("a", "rsa-sha256"), ("t", "1700000000"), ("cv", cv),
                 ("d", domain + ".example"), ("s", "s"), ("b", "?")]
        given = dict(seal)
        tags = [(k, given.pop(k, v)) for k, v in usual if k not in seal_drop]
        tags = tags[:-1] + list(given.items()) + tags[-1:]
        a = dict(tags).get("a", "rsa-sha256")
        signer = seal_key or (ED if str(a).startswith("ed") else KEYS[domain])
        below = [] if alone else self.sets
        seal_field_ = seal_field(tags, signer, below + [[aar_field, ams_field]], seal_raw)
        self.sets.append([aar_field, ams_field, seal_field_])
        return self

    def fields(self):
        out = []
        for s in reversed(self.sets):
            out += [s[2], s[1], s[0]]
        return out

    def text(self, fields=None, body=None, headers=None):
        return message((self.fields() if fields is None else fields) + (headers or self.headers),
                       self.body if body is None else body)


def chain(n, at=0, **what):
    """n hops; hop number `at` does `what`."""
    c = Chain()
    for i in range(1, n + 1):
        c.hop(**(what if i == at else {}))
    return c


class Cases:
    def __init__(self):
        self.list = []

    def add(self, name, expect, oldest, clause, text):
        self.list.append({"name": name, "expect": expect, "oldest": oldest, "clause": clause,
                          "message": text})


def spoil(field, tag=b"b"):
    """Another digit in the middle of a base64 value."""
    name, value = field
    m = re.search(rb"(?:^|[;\s])" + tag + rb"=([^;]*)", value)
    at = m.start(1) + (m.end(1) - m.start(1)) // 2
    while value[at:at + 1] in b" \t\r\n=+/":
        at += 1
    return name, value[:at] + (b"A" if value[at:at + 1] != b"A" else b"B") + value[at + 1:]


def length_cases(c):
    for n in (1, 2, 3, 10, 50):
        c.add("chain-%d" % n, "pass", 1, "RFC8617 5.2", chain(n).text())
    c.add("chain-51", "fail", 0, "RFC8617 4.2.1: at most 50 sets", chain(51).text())
    c.add("chain-50-seal-1-broken", "fail", 1, "RFC8617 5.2 step 6",
          broken(chain(50), 1, 2).text())
    c.add("none", "none", 0, "RFC8617 5.2 step 1", Chain().text())


def broken(ch, at, part, tag=b"b"):
    ch.sets[at - 1][part] = spoil(ch.sets[at - 1][part], tag)
    return ch


def structure_cases(c):
    words = ["aar", "ams", "as"]
    for at in (1, 2, 3):
        for part in range(3):
            ch = chain(3)
            kept = [f for f in ch.fields() if f is not ch.sets[at - 1][part]]
            c.add("missing-%s-%d" % (words[part], at), "fail", 0, "RFC8617 5.2 step 3 A", ch.text(kept))
            c.add("twice-%s-%d" % (words[part], at), "fail", 0, "RFC8617 5.2 step 3 A",
                  ch.text([ch.sets[at - 1][part]] + ch.fields()))
        ch = chain(3)
        del ch.sets[at - 1]
        if at < 3:
            c.add("gap-%d" % at, "fail", 0, "RFC8617 5.2 step 3 B", ch.text())
        for cv in ("none", "pass", "fail", "", "PASS", "passed", "pas"):
            right = "none" if at == 1 else "pass"
            if cv != right:
                note = "; the case of values is disputed" if cv == "PASS" else ""
                c.add("cv-%s-%d" % (cv or "empty", at) if cv != "PASS" else "cv-upper-%d" % at, "fail", 0,
                      "RFC8617 5.2 step 3 C" + note, chain(3, at, cv=cv).text())
        c.add("cv-missing-%d" % at, "fail", 0, "RFC8617 4.1.3",
              chain(3, at, seal_drop=("cv",)).text())
    c.add("set-2-alone", "fail", 0, "RFC8617 5.2 step 3 B", Chain().hop(i=2, cv="pass").text())
    c.add("set-0", "fail", 0, "RFC8617 4.2.1", Chain().hop(i=0).text())
    c.add("set-51-alone", "fail", 0, "RFC8617 4.2.1", Chain().hop(i=51).text())
    c.add("set-100-alone", "fail", 0, "RFC8617 4.2.1", Chain().hop(i=100).text())
    c.add("top-cv-fail-alone", "fail", 0, "RFC8617 5.2 step 2",
          Chain().hop().hop(cv="fail", alone=True).text())
    c.add("fail-then-pass", "fail", 0, "RFC8617 5.2 step 3 C",
          Chain().hop().hop(cv="fail", alone=True).hop(cv="pass").text())
    ch = chain(3)
    c.add("order-shuffled", "pass", 1, "RFC8617 4.2.2: position is nothing",
          ch.text(sorted(ch.fields(), key=lambda f: f[0])))
    c.add("order-reversed", "pass", 1, "RFC8617 4.2.2", ch.text(list(reversed(ch.fields()))))
    c.add("order-below", "pass", 1, "RFC8617 4.2.2",
          message(ch.headers + ch.fields(), ch.body))
    c.add("names-upper", "pass", 1, "RFC5322 1.2.2; relaxed",
          ch.text([(n.upper(), v) for n, v in ch.fields()]))


def signature_cases(c):
    for at in (1, 2, 3):
        c.add("seal-broken-%d" % at, "fail", 1, "RFC8617 5.2 step 6", broken(chain(3), at, 2).text())
        for part, word in ((0, "aar"),):
            ch = chain(3)
            n, v = ch.sets[at - 1][part]
            ch.sets[at - 1][part] = (n, v.replace(b"spf=pass", b"spf=fail"))
            c.add("%s-changed-%d" % (word, at), "fail", 1, "RFC8617 5.2 step 6", ch.text())
        ch = broken(chain(3), at, 1)
        # The seals cover the signature, so that they fail too, whichever it is.
        c.add("ams-broken-%d" % at, "fail", 0 if at == 3 else at + 1, "RFC8617 5.2 steps 4 and 6",
              ch.text())
        expect = "fail" if at == 3 else "pass"
        oldest = 0 if at == 3 else at + 1
        ch = chain(3, at, ams=(("b", "A" * 172),))
        c.add("ams-never-good-%d" % at, expect, oldest, "RFC8617 5.2 steps 4 and 5", ch.text())
        for name, tags in (("bh", (("bh", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),)),
                           ("no-key", (("s", "nowhere"),)), ("revoked", (("s", "revoked"),)),
                           ("sha1", (("a", "rsa-sha1"),)), ("expired", (("x", "1700000001"),)),
                           ("domain", (("d", "else.example"),))):
            c.add("ams-%s-%d" % (name, at), expect, oldest, "RFC8617 5.2 steps 4 and 5",
                  chain(3, at, ams=tags).text())
        for tag in ("a", "b", "bh", "d", "h", "s"):
            if at != 2:
                c.add("ams-missing-%s-%d" % (tag, at), expect, oldest, "RFC8617 4.1.2",
                      chain(3, at, ams_drop=(tag,)).text())
        c.add("ams-missing-i-%d" % at, "fail", 0, "RFC8617 4.1.2", chain(3, at, ams_drop=("i",)).text())
        for tag in ("a", "b", "d", "s", "i"):
            c.add("seal-missing-%s-%d" % (tag, at), "fail", 0 if tag == "i" else 1, "RFC8617 4.1.3",
                  chain(3, at, seal_drop=(tag,)).text())
        for name, tags in (("no-key", (("s", "nowhere"),)), ("revoked", (("s", "revoked"),)),
                           ("later", (("s", "later"),)), ("broken-key", (("s", "broken"),)),
                           ("sha1", (("a", "rsa-sha1"),)), ("names", (("h", "From"),)),
                           ("time-empty", (("t", ""),)), ("time-word", (("t", "now"),)),
                           ("domain", (("d", "else.example"),))):
            c.add("seal-%s-%d" % (name, at), "fail", 1,
                  "RFC8617 5.2.1" if name == "later" else "RFC8617 4.1.3", chain(3, at, seal=tags).text())
        c.add("seal-no-time-%d" % at, "pass", 1, "RFC8617 4.1.3: t= is optional",
              chain(3, at, seal_drop=("t",)).text())
        c.add("seal-alone-%d" % at, "pass" if at == 1 else "fail", 1, "RFC8617 5.1.1",
              chain(3, at, alone=True).text())


def body_cases(c):
    c.add("body-changed-after", "fail", 0, "RFC8617 5.2 step 4", chain(3).text(body=BODY + b"PS\r\n"))
    for at in (2, 3):
        ch = Chain()
        for i in range(1, 4):
            if i == at:
                ch.body = BODY + b"-- \r\nthe list\r\n"
                ch.headers = [(n, b" [list] changed") if n == b"Subject" else (n, v)
                              for n, v in ch.headers]
            ch.hop()
        c.add("body-changed-by-hop-%d" % at, "pass", at, "RFC8617 5.2 step 5", ch.text())
    ch = chain(2)
    c.add("subject-changed-after", "fail", 0, "RFC8617 5.2 step 4",
          ch.text(headers=[(n, b" changed") if n == b"Subject" else (n, v) for n, v in ch.headers]))
    c.add("subject-refolded", "pass", 1, "RFC6376 3.4.2",
          ch.text(headers=[(n, b" Lunch\r\n on Sunday") if n == b"Subject" else (n, v)
                           for n, v in ch.headers]))
    for canon in ("simple/simple", "simple/relaxed", "relaxed/simple", "relaxed", "simple", None):
        c.add("canon-%s" % (canon or "default").replace("/", "-"), "pass", 1, "RFC6376 3.5 c=",
              chain(2, 1, ams=(("c", canon),)).text())
    c.add("length", "pass", 2, "RFC8617 4.1.2: l= is allowed",
          chain(2, 2, ams=(("l", "12"),)).text(body=BODY + b"footer\r\n"))
    c.add("length-over", "fail", 0, "RFC6376 3.5 l=", chain(2, 2, ams=(("l", "4000"),)).text())


def syntax_cases(c):
    ed = (("a", "ed25519-sha256"), ("s", "ed"))
    for at in (1, 2):
        c.add("ed25519-ams-%d" % at, "pass", 1, "RFC8463 3", chain(2, at, ams=ed).text())
        c.add("ed25519-seal-%d" % at, "pass", 1, "RFC8463 3", chain(2, at, seal=ed).text())
    c.add("ed25519-both", "pass", 1, "RFC8463 3", chain(2, 2, ams=ed, seal=ed).text())
    c.add("ams-version", "pass", 1, "RFC8617 4.1.2: v= is ignored", chain(2, 2, ams=(("v", "1"),)).text())
    c.add("ams-unknown-tag", "pass", 1, "RFC6376 3.2", chain(2, 2, ams=(("zz", "1"),)).text())
    c.add("seal-unknown-tag", "pass", 1, "RFC6376 3.2", chain(2, 2, seal=(("zz", "1"),)).text())
    c.add("seal-canon-tag", "pass", 1, "RFC8617 4.1.3: no c=, ignored",
          chain(2, 2, seal=(("c", "simple/simple"),)).text())
    c.add("ams-names-seal", "fail", 0, "RFC8617 4.1.2", chain(2, 2, ams=(("h", "From:ARC-Seal"),)).text())
    c.add("ams-names-empty", "pass", 1, "RFC6376 3.5 h=; lenient, as signers are",
          chain(2, 2, ams=(("h", ""),)).text())
    c.add("ams-names-no-from", "pass", 1, "RFC6376 5.4; lenient, as signers are",
          chain(2, 2, ams=(("h", "To:Subject"),)).text())
    c.add("ams-duplicate-tag", "fail", 0, "RFC6376 3.2",
          chain(2, 2, ams_raw=lambda t: t.replace("; b=", "; d=two.example; b=")).text())
    c.add("seal-duplicate-tag", "fail", 0, "RFC6376 3.2",
          chain(2, 2, seal_raw=lambda t: t.replace("; b=", "; d=two.example; b=")).text())
    c.add("ams-empty-element", "fail", 0, "RFC6376 3.2",
          chain(2, 2, ams_raw=lambda t: t.replace("; b=", ";; b=")).text())
    c.add("ams-trailing-semicolon", "pass", 1, "RFC6376 3.2", chain(2, 2, ams_raw=lambda t: t + ";").text())
    c.add("seal-trailing-semicolon", "pass", 1, "RFC6376 3.2", chain(2, 2, seal_raw=lambda t: t + ";").text())
    c.add("seal-folded", "pass", 1, "RFC6376 3.2",
          chain(2, 2, seal_raw=lambda t: t.replace("; ", ";\r\n\t ").replace("cv=", "cv =\r\n ")).text())
    c.add("ams-folded", "pass", 1, "RFC6376 3.2",
          chain(2, 2, ams_raw=lambda t: t.replace("; ", " ;\r\n ")).text())
    c.add("seal-packed", "pass", 1, "RFC6376 3.2", chain(2, 2, seal_raw=lambda t: t.replace("; ", ";")).text())
    c.add("aar-no-instance", "fail", 0, "RFC8617 4.1.1",
          chain(2, 2, aar="two.example; arc=pass").text())
    c.add("aar-instance-late", "fail", 0, "RFC8617 4.1.1: i= stands first",
          chain(2, 2, aar="two.example; i=2; arc=pass").text())
    c.add("aar-blanks", "pass", 1, "RFC8617 4.1.1", chain(2, 2, aar="  i = 2 ;\r\n\ttwo.example; arc=pass").text())
    c.add("aar-comment", "pass", 1, "RFC8617 4.1.1: CFWS before i=",
          chain(2, 2, aar="(hop) i=2; two.example; arc=pass").text())
    c.add("aar-comments", "pass", 1, "RFC8617 3.9, 4.1.1: CFWS around i=",
          chain(2, 2, aar="i (a=1) = (the;second) 2\r\n (hop); two.example; arc=pass").text())
    c.add("ams-comments", "pass", 1, "RFC8617 3.9, 4.1.2: CFWS around i=",
          chain(2, 2, ams_raw=lambda t: t.replace("i=2", "(a;x=c) i (y) = 2\r\n (hop)", 1)).text())
    c.add("seal-comments", "pass", 1, "RFC8617 3.9, 4.1.3: CFWS around i=",
          chain(2, 2, seal_raw=lambda t: t.replace("i=2", "(a;x=c) i (y) = 2\r\n (hop)", 1)).text())
    c.add("cv-comment", "pass", 1, "RFC8617 3.9: CFWS before chain-status",
          chain(2, 2, cv="(as found) pass").text())
    c.add("cv-comment-none", "fail", 0, "RFC8617 3.9, 5.2 step 3 C", chain(2, 2, cv="(pass) none").text())
    c.add("ams-comment-late", "fail", 0, "RFC6376 3.2: no CFWS in other tags",
          chain(2, 2, ams_raw=lambda t: t.replace("; s=s", "; (x) s=s")).text())
    c.add("aar-instance-upper", "fail", 0, "RFC8617 3.9: %s\"i\"",
          chain(2, 2, aar="I=2; two.example; arc=pass").text())
    c.add("ams-instance-twice", "fail", 0, "RFC6376 3.2",
          chain(2, 2, ams_raw=lambda t: t.replace("; b=", "; i=2; b=")).text())
    c.add("ams-instance-last", "pass", 1, "RFC6376 3.2; lenient, as signers are",
          chain(2, 2, ams_raw=lambda t: t.replace("i=2; ", "").replace("; b=", "; i=2; b=")).text())
    c.add("ams-query-other", "fail", 0, "RFC6376 3.5 q=", chain(2, 2, ams=(("q", "xyz/abc"),)).text())
    c.add("ams-names-one-empty", "fail", 0, "RFC6376 3.5 h=: hdr-name",
          chain(2, 2, ams=(("h", "From::To"),)).text())
    c.add("seal-expires-word", "pass", 1, "RFC8617 4.1.3: no x=, ignored",
          chain(2, 2, seal=(("x", "never"),)).text())
    c.add("seal-expired", "pass", 1, "RFC8617 4.1.3: no x=, ignored",
          chain(2, 2, seal=(("x", "1"),)).text())
    c.add("aar-none", "pass", 1, "RFC8601 2.2", chain(2, 2, aar="i=2; two.example; none").text())
    c.add("aar-other-instance", "fail", 0, "RFC8617 5.2 step 3",
          chain(2, 2, aar="i=1; two.example; arc=pass").text())
    for i in ("02", "2x", "x", "-2", "2.0", "+2"):
        c.add("instance-%s" % i.replace("+", "plus").replace("-", "minus").replace(".", "-"),
              "pass" if i == "02" else "fail", 1 if i == "02" else 0, "RFC8617 4.2.1",
              chain(2, 2, ams=(("i", i),), seal=(("i", i),),
                    aar="i=%s; two.example; arc=pass" % i).text())
    c.add("key-short", "fail", 0, "RFC8301 3.2",
          chain(2, 2, ams=(("s", "short"),), key=Key("vectors/keys/rsa768.pem")).text())
    c.add("seal-key-short", "fail", 1, "RFC8301 3.2",
          chain(2, 2, seal=(("s", "short"),), seal_key=Key("vectors/keys/rsa768.pem")).text())
    c.add("selectors-differ", "pass", 1, "RFC8617 4.1.3: they need not be the same",
          chain(2, 2, seal=(("s", "ed"), ("a", "ed25519-sha256"))).text())


def cases():
    c = Cases()
    for part in (length_cases, structure_cases, signature_cases, body_cases, syntax_cases):
        part(c)
    return c.list
