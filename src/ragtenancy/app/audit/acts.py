"""Writing an administrative act to the audit log before it is done, and its outcome after."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from functools import wraps
from inspect import signature
from typing import Any, ParamSpec, TypeVar

import structlog
from msgspec import Struct, structs

from ragtenancy.domain.audit import AuditAction, AuditEntry, AuditEvent, AuditOutcome, fit
from ragtenancy.domain.errors import RagTenancyError, RejectedError, UnavailableError
from ragtenancy.domain.ids import TenantId, TenantUid
from ragtenancy.ports.audit import AuditLog
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.tenants import TenantRepository

log = structlog.get_logger(__name__)

PROGRAM = "python"
INTERRUPTED = "interrupted"
Arguments = Mapping[str, Any]
Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class Caller(Struct, frozen=True, kw_only=True):
    """Who a request comes from: an operator by name, or a client's application by its key."""

    actor: str
    request_id: str | None = None
    client_id: TenantId | None = None
    client_uid: TenantUid | None = None


caller: ContextVar[Caller | None] = ContextVar("caller", default=None)


def _named_client(arguments: Arguments) -> object:
    return arguments["tenant_id"]


def _nothing(_: object) -> Sequence[object]:
    return ()


class Act(Struct, frozen=True, kw_only=True):
    """How calls of a use case are written to the log.

    `action`, `client` and `objects` are taken from the arguments by name, `made` from the result.
    The entries of an act that `makes_room` may draw on the reserve of a full disk.
    """

    action: Callable[[Arguments], AuditAction]
    client: Callable[[Arguments], object] = _named_client
    objects: Callable[[Arguments], Sequence[object]] = _nothing
    made: Callable[[Any], Sequence[object]] = _nothing
    makes_room: Callable[[Arguments], bool] = lambda _: False


class Audit:
    """Records administrative acts; `actor` is who acts while no request is answered."""

    def __init__(self, audit_log: AuditLog, tenants: TenantRepository, clock: Clock) -> None:
        self._log = audit_log
        self._tenants = tenants
        self._clock = clock
        self.actor = PROGRAM

    def recorded(
        self, work: Callable[Parameters, Awaitable[Result]], act: Act
    ) -> Callable[Parameters, Awaitable[Result]]:
        """Return `work` so that it is done only once an entry says that it begins.

        Raises `UnavailableError` if that cannot be written: then nothing was done. An outcome that
        cannot be written is logged, and the act stays `begun`.
        """
        parameters = signature(work)

        @wraps(work)
        async def done(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            bound = parameters.bind(*args, **kwargs)
            bound.apply_defaults()
            begun = await self._begin(act, bound.arguments)
            makes_room = act.makes_room(bound.arguments)
            try:
                result = await work(*args, **kwargs)
            except RagTenancyError as error:
                await self._end(begun, _outcome(error), code=error.reason, makes_room=makes_room)
                raise
            except BaseException:
                failed = AuditOutcome.FAILED
                await self._end(begun, failed, code=INTERRUPTED, makes_room=makes_room)
                raise
            made = tuple(map(fit, act.made(result)))
            await self._end(begun, AuditOutcome.DONE, made=made, makes_room=makes_room)
            return result

        return done

    async def _begin(self, act: Act, arguments: Arguments) -> AuditEntry:
        named = act.client(arguments)
        client_id = None if named is None else TenantId(fit(named))
        calling = caller.get()
        event = AuditEvent(
            at=self._clock.now(),
            actor=fit(self.actor if calling is None else calling.actor),
            action=act.action(arguments),
            outcome=AuditOutcome.BEGUN,
            client_id=client_id,
            client_uid=await self._uid(client_id),
            objects=tuple(fit(each) for each in act.objects(arguments) if each is not None),
            request_id=None if calling is None else calling.request_id,
        )
        (entry,) = await self._log.append([event], makes_room=act.makes_room(arguments))
        return entry

    async def _end(
        self,
        begun: AuditEntry,
        outcome: AuditOutcome,
        *,
        makes_room: bool,
        code: str | None = None,
        made: Sequence[str] = (),
    ) -> None:
        event = begun.event
        details: dict[str, int | str] = {"begun": begun.sequence}
        try:
            ended = structs.replace(
                event,
                at=self._clock.now(),
                outcome=outcome,
                client_uid=event.client_uid or await self._uid(event.client_id),
                objects=(*event.objects, *made),
                details=details if code is None else {**details, "code": code},
            )
            await self._log.append([ended], makes_room=makes_room)
        except RagTenancyError as error:
            log.warning("audit_outcome_not_written", code=error.reason, count=begun.sequence)

    async def _uid(self, client_id: TenantId | None) -> TenantUid | None:
        tenant = None if client_id is None else await self._tenants.get(client_id)
        return None if tenant is None else tenant.tenant_uid


def _outcome(error: RagTenancyError) -> AuditOutcome:
    failed = isinstance(error, UnavailableError | RejectedError)
    return AuditOutcome.FAILED if failed else AuditOutcome.REFUSED
