"""Webhooks over HTTP."""

from __future__ import annotations

import base64
import hmac
from hashlib import sha256
from typing import cast

import pytest

from tests.http.service import Service
from tests.scripted.webhook_sender import ScriptedWebhookSender

PATH = "/api/v1/webhooks"
NEW = {"url": "https://example.com/hook", "events": ["document.ready", "job.*"]}


async def test_a_message_bears_the_signature_of_the_secret_shown_once(service: Service) -> None:
    key = await service.create()
    made = (await service.call("POST", PATH, key, json=NEW)).json()
    read = (await service.call("GET", f"{PATH}/{made['webhook_id']}", key)).json()

    await service.ingest(key)
    await service.container.deliverer().deliver_due()

    sender = cast("ScriptedWebhookSender", service.container.webhook_sender())
    url, headers, body = sender.sent[0]
    content = b".".join(
        (headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body)
    )
    secret = base64.b64decode(made["secret"].removeprefix("whsec_"))
    mac = base64.b64encode(hmac.new(secret, content, sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{mac}"
    assert 24 <= len(secret) <= 64
    assert (url, sorted(sender.kinds)) == (NEW["url"], ["document.ready", "job.succeeded"])
    assert "secret" not in read


async def test_a_delivery_is_listed_and_replayed(service: Service) -> None:
    key = await service.create()
    made = await service.webhook(key)
    path = f"{PATH}/{made['webhook_id']}/deliveries"
    early = await service.call("POST", f"{path}/{made['delivery_id']}/replay", key)
    await service.container.deliverer().deliver_due()

    (listed,) = (await service.call("GET", path, key)).json()["items"]
    replayed = await service.call("POST", f"{path}/{made['delivery_id']}/replay", key)

    assert (early.status_code, early.json()["code"]) == (409, "delivery_pending")
    assert (listed["event"], listed["status"], listed["attempts"]) == (
        "webhook.test",
        "delivered",
        1,
    )
    assert (listed["response_status"], listed["next_attempt_at"]) == (204, None)
    assert (replayed.status_code, replayed.json()["status"]) == (202, "pending")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({**NEW, "url": "http://example.com/"}, 422, "webhook_target"),
        ({**NEW, "url": "https://user:pass@example.com/"}, 422, "webhook_target"),
        ({**NEW, "url": ""}, 400, "malformed"),
        ({**NEW, "url": "https://example.com/" + "x" * 2_000}, 400, "malformed"),
        ({**NEW, "events": []}, 400, "malformed"),
        ({**NEW, "events": ["document.read"]}, 400, "malformed"),
        ({**NEW, "secret": "whsec_mine"}, 400, "malformed"),
        ({"events": ["job.*"]}, 400, "malformed"),
    ],
)
async def test_a_bad_webhook_is_refused(
    service: Service, body: dict[str, object], status: int, code: str
) -> None:
    key = await service.create()

    reply = await service.call("POST", PATH, key, json=body)

    assert (reply.status_code, reply.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"url": NaN}', b'{"url": {"url": {}}}'),
        b'{"url": "https://a\\u0000.example.com/", "events": ["job.*"]}',
        b'{"url": ["https://example.com/"], "events": ["job.*"]}',
        b"[" * 100_000,
    ],
)
async def test_a_body_that_is_none_is_malformed(service: Service, body: bytes) -> None:
    key = await service.create()

    reply = await service.call(
        "POST", PATH, key, content=body, headers={"content-type": "application/json"}
    )

    assert (reply.status_code, reply.json()["code"]) == (400, "malformed")


async def test_a_change_is_checked_like_a_new_webhook(service: Service) -> None:
    key = await service.create()
    path = f"{PATH}/{(await service.webhook(key))['webhook_id']}"

    bad = await service.call("PATCH", path, key, json={"url": "http://example.com/"})
    good = await service.call("PATCH", path, key, json={"events": ["job.*", "job.*"]})

    assert (bad.status_code, good.status_code) == (422, 200)
    assert good.json()["events"] == ["job.*"]


async def test_an_eleventh_webhook_is_refused(service: Service) -> None:
    key = await service.create()

    statuses = [(await service.call("POST", PATH, key, json=NEW)).status_code for _ in range(11)]

    assert statuses == [201] * 10 + [429]
