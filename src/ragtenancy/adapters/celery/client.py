"""Building Celery's application."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

from ragtenancy.adapters.celery.addresses import addresses, verified
from ragtenancy.backend.azure_template import ScaleRule
from ragtenancy.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from celery import Celery

EXTRA = "RAGTENANCY_BROKER_URL needs the extra `ragtenancy[celery]`."
QUEUE = "ragtenancy-jobs"
TASK = "ragtenancy.job_waits"
CONNECT_SECONDS = 2.0
REDIS_PORT = 6379
CONFIGURATION: dict[str, Any] = {  # Celery's own names
    "accept_content": ["json"],
    "broker_connection_retry_on_startup": True,
    "broker_connection_timeout": CONNECT_SECONDS,
    "broker_heartbeat": 30,
    "broker_pool_limit": 1,
    "enable_utc": True,
    "task_acks_late": True,  # a busy worker prefetches no hint that another could take
    "task_default_queue": QUEUE,
    "task_ignore_result": True,
    "task_publish_retry": False,
    "task_serializer": "json",
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    "worker_enable_remote_control": False,
    "worker_hijack_root_logger": False,
    "worker_prefetch_multiplier": 1,
    "worker_redirect_stdouts": False,
    "worker_send_task_events": False,
}
VERIFIED = {"cert_reqs": ssl.CERT_REQUIRED, "server_hostname": None}  # None: the address's host
GIVES_UP = {"max_retries": 0, "socket_connect_timeout": CONNECT_SECONDS, "socket_timeout": 2.0}


def make_app(broker_url: str, *, gives_up: bool = False) -> Celery:
    """Return a separate application; with `gives_up` it never waits for an absent broker.

    It is not connected yet. Raises `ConfigurationError` if Celery, or the package for the address's
    kind of broker, is not installed.
    """
    try:
        from celery import Celery
    except ImportError as error:
        raise ConfigurationError(EXTRA) from error
    app = Celery(
        "ragtenancy", broker=verified(broker_url), backend="disabled://", set_as_current=False
    )
    app.conf.update(CONFIGURATION)
    if broker_url.startswith("amqps"):
        app.conf.broker_use_ssl = VERIFIED
    if gives_up:
        app.conf.broker_transport_options = _options(broker_url)
    _require_transport(app)
    return app


def queue_rule(broker_url: str) -> ScaleRule | None:
    """Return KEDA's rule for the length of the queue, a list in Redis; None for other brokers."""
    url = addresses(broker_url)[0]
    encrypted = url.scheme == "rediss"
    if not encrypted and url.scheme != "redis":
        return None
    return ScaleRule(
        type="redis",
        metadata={
            "address": f"{url.hostname}:{url.port or REDIS_PORT}",
            "databaseIndex": url.path.strip("/") or "0",
            "enableTLS": str(encrypted).lower(),
            "listName": QUEUE,
            "listLength": "1",
        },
        secrets=["password"] if url.password else [],
    )


def _require_transport(app: Celery) -> None:
    try:
        app.connection_for_write().get_transport_cls()
    except (ImportError, KeyError) as error:
        raise ConfigurationError(
            "RAGTENANCY_BROKER_URL names an unknown kind of broker, or its driver is not installed."
        ) from error


def _options(broker_url: str) -> dict[str, Any]:
    """Return the options that make kombu give up at once; only Redis knows socket limits."""
    if broker_url.startswith(("redis", "rediss")):
        return GIVES_UP
    return {"max_retries": 0}
