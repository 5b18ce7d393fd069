"""Building Celery's application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragtenancy.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from celery import Celery

EXTRA = "RAGTENANCY_BROKER_URL needs the extra `ragtenancy[celery]`."
QUEUE = "ragtenancy-jobs"
TASK = "ragtenancy.job_waits"
CONNECT_SECONDS = 2.0
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
    app = Celery("ragtenancy", broker=broker_url, backend="disabled://", set_as_current=False)
    app.conf.update(CONFIGURATION)
    if gives_up:
        app.conf.broker_transport_options = _options(broker_url)
    _require_transport(app)
    return app


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
