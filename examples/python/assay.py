"""Assay from Python, by the standard library alone: which variant answers, that it was shown, and what came of it.

Copy this file, or use it as it is:

    ASSAY_URL=http://localhost:4000 ASSAY_KEY=assay_sdk_... python3 assay.py fraud-score user-1 chargeback country=de
"""

import http.client
import json
import os
import secrets
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

# HTTP errors and timeouts are OSErrors too.
UNREACHABLE = (OSError, http.client.HTTPException)


def uuid7():
    """A UUIDv7 (RFC 9562): 48 bits of milliseconds since 1970, then version, variant and 74 random bits."""
    ms = time.time_ns() // 1_000_000
    return str(uuid.UUID(int=ms << 80 | 7 << 76 | secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62)))


class Assay:
    """Evaluates over the network and queues events; `flush` sends them. One thread only."""

    def __init__(self, url, key, timeout=1.0):
        self.url = url.rstrip("/")
        self.key = key
        self.timeout = timeout
        self.events = []

    def post(self, path, body, headers={}):
        request = urllib.request.Request(
            self.url + path,
            data=json.dumps(body).encode(),
            headers={"Authorization": "Bearer " + self.key, "Content-Type": "application/json", **headers},
        )
        with urllib.request.urlopen(request, timeout=self.timeout) as response:
            return json.load(response)

    def evaluate(self, slot, unit, default=None, **attributes):
        """The flag {key, variant, value, reason, metadata}. Whatever goes wrong, `default` is its value: no exception."""
        path = "/ofrep/v1/evaluate/flags/" + urllib.parse.quote(slot, safe="")
        try:
            flag = self.post(path, {"context": {**attributes, "targetingKey": unit}})
        except UNREACHABLE + (ValueError,) as error:
            print(f"assay: {slot} answers its default: {error}", file=sys.stderr)
            flag = {"key": slot, "variant": "default", "reason": "ERROR", "metadata": {}}
        return {"value": default, **flag}

    def exposure(self, flag):
        """The variant is shown now. An evaluation alone is no exposure; many of them have none to record."""
        event = flag["metadata"].get("exposure")
        if event is not None:
            self.events.append({**json.loads(event), "at": time.time_ns() // 1_000_000})

    def outcome(self, name, unit, value=1, **more):
        """Something happened to the unit; `decision=flag["metadata"]["decision"]` says which decision it belongs to."""
        now = time.time_ns() // 1_000_000
        self.events.append({"type": "outcome", "name": name, "unit": unit, "value": value, "at": now, **more})

    def flush(self, attempts=5):
        """Sends what is queued, and answers what the server says. The batch keeps its id and content in every attempt:
        the server counts it once, however often it comes."""
        if not self.events:
            return {"accepted": 0, "rejected": []}
        batch, self.events = {"batch": uuid7(), "events": self.events[:10_000]}, self.events[10_000:]
        for attempt in range(attempts):
            try:
                return self.post("/v1/events", batch, {"Assay-Sent-At": str(time.time_ns() // 1_000_000)})
            except urllib.error.HTTPError as error:
                if error.code < 500 and error.code not in (408, 429):
                    raise RuntimeError(f"the batch was refused: {error.read().decode()}") from error
                wait = error.headers.get("Retry-After", "")
            except UNREACHABLE:
                wait = ""
            time.sleep(float(wait) if wait.isdigit() else secrets.randbelow(1000) / 1000 * 2**attempt)
        self.events = batch["events"] + self.events
        raise RuntimeError("the server is away; the events are queued again")


def main(slot, unit, outcome, *pairs):
    assay = Assay(os.environ["ASSAY_URL"], os.environ["ASSAY_KEY"])
    flag = assay.evaluate(slot, unit, default={"model": "fallback"}, **dict(pair.split("=", 1) for pair in pairs))
    print(json.dumps(flag))
    assay.exposure(flag)  # before the model is called
    # … call the model that flag["value"] names, show its answer …
    assay.outcome(outcome, unit, 1, **({"decision": flag["metadata"]["decision"]} if flag["metadata"] else {}))
    print(json.dumps(assay.flush()))


if __name__ == "__main__":
    main(*sys.argv[1:])
