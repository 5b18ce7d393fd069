"""Webhooks over HTTP."""

from __future__ import annotations

import asyncio
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Self, cast

import pytest
import standardwebhooks
import structlog
from dependency_injector import providers

from ragtenancy.container import Container
from ragtenancy.domain.errors import LimitError
from ragtenancy.domain.webhooks import MAX_WEBHOOKS, Subscription, Webhook
from ragtenancy.settings import Settings
from ragtenancy.telemetry import configure_logging
from tests.http.service import Service
from tests.scripted.webhook_sender import ScriptedWebhookSender

PATH = "/api/v1/webhooks"
NEW_URL = "https://example.com/hook"
NEW = {"url": NEW_URL, "events": ["document.ready", "job.*"]}


def clock_at(container: Container) -> type[datetime]:
    """Return the library's clock, standing at the time of the container's."""

    class Standing(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(container.clock().now().timestamp(), tz)

    return Standing


async def test_the_official_library_verifies_messages_with_the_secret_shown_once(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standardwebhooks.webhooks, "datetime", clock_at(service.container))
    key = await service.create()
    made = (await service.call("POST", PATH, key, json=NEW)).json()
    read = (await service.call("GET", f"{PATH}/{made['webhook_id']}", key)).json()

    await service.ingest(key)
    await service.container.deliverer().deliver_due()

    sender = cast("ScriptedWebhookSender", service.container.webhook_sender())
    verifier = standardwebhooks.Webhook(made["secret"])
    kinds = [verifier.verify(body, dict(headers))["type"] for _, headers, body in sender.sent]
    assert sorted(kinds) == ["document.ready", "job.succeeded"]
    assert "secret" not in read
    _, headers, body = sender.sent[0]
    later = str(int(headers["webhook-timestamp"]) + 1)
    for forged in (
        (standardwebhooks.Webhook("whsec_" + "A" * 43), body, headers),
        (verifier, body + b" ", headers),
        (verifier, body, {**headers, "webhook-id": "evt_other"}),
        (verifier, body, {**headers, "webhook-timestamp": later}),
    ):
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            forged[0].verify(forged[1], dict(forged[2]))


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


# -- a hostile tenant


async def test_deliveries_of_others_and_of_other_webhooks_are_not_replayed(
    service: Service,
) -> None:
    acme, globex = await service.create(), await service.create("globex")
    theirs, own, other = [await service.webhook(each) for each in (acme, globex, globex)]
    await service.container.deliverer().deliver_due()

    pairs = [
        (theirs["webhook_id"], theirs["delivery_id"]),
        (own["webhook_id"], theirs["delivery_id"]),
        (own["webhook_id"], other["delivery_id"]),
        (theirs["webhook_id"], own["delivery_id"]),
    ]
    for webhook_id, delivery_id in pairs:
        path = f"{PATH}/{webhook_id}/deliveries/{delivery_id}/replay"
        reply = await service.call("POST", path, globex)
        assert (reply.status_code, reply.json()["code"]) == (404, "not_found")

    sender = cast("ScriptedWebhookSender", service.container.webhook_sender())
    await service.container.deliverer().deliver_due()
    assert len(sender.sent) == 3


async def test_a_secret_is_in_no_other_reply_nor_in_the_log(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging("debug", "json")
    key = await service.create()
    made = (await service.call("POST", PATH, key, json=NEW)).json()
    path = f"{PATH}/{made['webhook_id']}"
    cast("ScriptedWebhookSender", service.container.webhook_sender()).status = 500
    replies = [
        await service.call("POST", f"{path}/test", key),
        await service.call("PATCH", path, key, json={"enabled": True}),
    ]
    await service.container.deliverer().deliver_due()
    replies += [await service.call("GET", each, key) for each in (PATH, path, f"{path}/deliveries")]
    replies += [await service.call("PATCH", path, key, json={"secret": made["secret"]})]
    structlog.reset_defaults()

    assert [reply.status_code for reply in replies] == [202, 200, 200, 200, 200, 400]
    said = capsys.readouterr()
    texts = [*(reply.text for reply in replies), said.out, said.err]
    assert "delivery_missed" in said.err
    secret = made["secret"].removeprefix("whsec_")
    assert [text for text in texts if secret in text] == []


async def test_webhooks_made_at_once_do_not_exceed_the_limit(tmp_path: Path) -> None:
    container = Container(settings=Settings(data_dir=tmp_path))
    container.webhook_sender.override(providers.Singleton(ScriptedWebhookSender))
    async with container.closers():
        scope = (await container.tenants().create("acme", "Acme")).tenant.scope
        made = await asyncio.gather(
            *(container.webhooks().create(scope, NEW_URL, [Subscription.JOBS]) for _ in range(40)),
            return_exceptions=True,
        )
        kept = await container.webhooks().every(scope)

    refused = [each for each in made if isinstance(each, LimitError)]
    assert (len(kept), len(refused)) == (MAX_WEBHOOKS, 40 - MAX_WEBHOOKS)
    assert {each.webhook_id for each in kept} == {
        each.webhook_id for each in made if isinstance(each, Webhook)
    }


async def test_test_messages_are_limited_by_client(service: Service) -> None:
    key, other = await service.create(), await service.create("globex")
    mine, theirs = [
        (await service.call("POST", PATH, each, json=NEW)).json()["webhook_id"]
        for each in (key, other)
    ]

    sent = [await service.call("POST", f"{PATH}/{mine}/test", key) for _ in range(11)]
    beside = await service.call("POST", f"{PATH}/{theirs}/test", other)

    assert [reply.status_code for reply in sent] == [202] * 10 + [429]
    assert sent[-1].json()["code"] == "webhook_tests_per_minute"
    assert int(sent[-1].headers["retry-after"]) <= 6
    assert beside.status_code == 202
