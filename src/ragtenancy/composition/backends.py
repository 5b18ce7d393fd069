"""The chosen backends: their resources, set-up, preflight checks and probes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from shlex import quote

import structlog
from msgspec import structs

from ragtenancy.app.api_keys import PepperProbe, Peppers
from ragtenancy.app.health import ModelProbe
from ragtenancy.app.search.relevance_scales import RelevanceScales
from ragtenancy.app.tenants.tenants import Tenants
from ragtenancy.backend.offers import Backend, Place
from ragtenancy.backend.resources import Preparing, Resources
from ragtenancy.domain.errors import (
    ConfigurationError,
    RagTenancyError,
    StateLostError,
    UnavailableError,
)
from ragtenancy.domain.model_standing import ModelStandings
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.embeddings import Embedders
from ragtenancy.ports.health import Probe
from ragtenancy.ports.jobs import Holders
from ragtenancy.ports.metrics import Metrics
from ragtenancy.settings import Settings
from ragtenancy.settings.backends import in_use, offered, places, remote_models

log = structlog.get_logger(__name__)


def compose_resources(
    within_reach: Settings,
    clock: Clock,
    holders: Holders,
    metrics: Metrics,
    closers: AsyncExitStack,
) -> Resources:
    """Return the resources with which backends are opened; nothing is open yet."""
    return Resources(
        chosen=within_reach.chosen,
        data_dir=within_reach.data_dir,
        index_bytes=within_reach.index_bytes,
        threads=within_reach.embedding_threads,
        clock=clock,
        holders=holders,
        metrics=metrics,
        closers=closers,
    )


def compose_probes(
    settings: Settings,
    within_reach: Settings,
    stand_in: Path | None,
    resources: Resources,
    peppers: Peppers,
    model_standings: ModelStandings,
) -> Sequence[Probe]:
    """Return a probe for each backend in use and for one that a clients file replaces.

    Also for each kind of model at a server, for the data folder and for a pepper in it.
    """
    used = [*in_use(within_reach.backends)]
    if stand_in is not None:
        away = (each for each in in_use(settings.backends) if each.records is not None)
        used = [*away, *used]
    probes = [each.probe(resources) for each in used if each.probe is not None]
    probes += [
        ModelProbe(model_standings, f"{backend.name}_{kind}", backend=name, kind=kind)
        for kind, name, backend in remote_models(within_reach.backends)
    ]
    if Place.FOLDER in places(within_reach.backends):
        from ragtenancy.adapters.files.data_folder import DataFolderProbe

        probes.append(DataFolderProbe(resources.data_dir, resources.tenants_dir))
    records = offered(lambda each: each.records)[within_reach.backends.records]
    if records.place is Place.FOLDER and within_reach.peppers is None:
        probes.append(PepperProbe(peppers))
    return probes


def compose_installed_backends(
    within_reach: Settings,
    resources: Resources,
    embedders_on_demand: Callable[[], Embedders],
    peppers_on_demand: Callable[[], Peppers],
    relevance_scales_on_demand: Callable[[], RelevanceScales],
    tenants: Tenants,
) -> InstalledBackends:
    """Compose set-up and preflight."""
    return InstalledBackends(
        within_reach,
        resources,
        embedders_on_demand,
        peppers_on_demand,
        tenants,
        relevance_scales=relevance_scales_on_demand,
    )


class InstalledBackends:
    """Sets up the backends in use, and checks them before anything is served.

    Embedders, peppers and scales are slow to create, so they are passed as factories.
    """

    def __init__(
        self,
        settings: Settings,
        resources: Resources,
        embedders: Callable[[], Embedders],
        peppers: Callable[[], Peppers],
        tenants: Tenants,
        *,
        relevance_scales: Callable[[], RelevanceScales],
    ) -> None:
        self._settings = settings
        self._relevance_scales = relevance_scales
        self._resources = resources
        self._peppers = peppers
        self._preparing = Preparing(embedders=embedders, adopt=tenants.adopt)
        self._is_checked = False

    async def set_up(
        self,
        *,
        dry_run: bool = False,
        apply: bool = False,
        say: Callable[[str], object] = lambda _: None,
    ) -> Sequence[str]:
        """Create missing data folders, databases, containers and indexes; adopt clients.

        Returns the steps done, or to be done; `apply` and `say` are those of `Preparing`. Raises
        `ConfigurationError`, `UnavailableError`.
        """
        preparing = structs.replace(self._preparing, dry_run=dry_run, apply=apply, say=say)
        backends = [*in_use(self._settings.backends)]
        hooks = [(each, each.set_up) for each in backends]
        hooks += [(each, each.adopt_clients) for each in backends]
        done = list(await self._data_folder(dry_run=dry_run))
        for backend, hook in hooks:
            if hook is not None:
                with _named(backend):
                    done += await hook(self._resources, preparing)
        return done

    async def preflight(self) -> None:
        """Raise `ConfigurationError` for lost peppers, wrong scales and an unusable backend.

        An unreachable backend is left to `/health`. Further calls do nothing.
        """
        if self._is_checked:
            return
        for each in in_use(self._settings.backends):
            if each.preflight is not None:
                await _checked(each.name, each.preflight(self._resources, self._preparing))
        await _checked(self._settings.backends.records, self._peppers().kept())
        if self._settings.relevance_scales is not None:
            self._relevance_scales()
        self._is_checked = True

    async def before_serving(self) -> None:
        """Do what the backends of a server need besides preflight."""
        for each in in_use(self._settings.backends):
            if each.before_serving is not None:
                await each.before_serving(self._resources)

    def warn_of_loose_files(self) -> None:
        """Log a warning for the data folder and each secret file that others may access."""
        if Place.FOLDER not in places(self._settings.backends):
            return
        from ragtenancy.adapters.files.data_folder import loose

        for path in loose(self._settings.data_dir):
            log.warning(
                "loose_permissions",
                store=str(path),
                why=f"other users may access it; close it by: chmod go-rwx {quote(str(path))}",
            )

    async def _data_folder(self, *, dry_run: bool) -> Sequence[str]:
        if Place.FOLDER not in places(self._settings.backends):
            return []
        from ragtenancy.adapters.files.data_folder import prepare

        return await prepare(self._settings.data_dir, dry_run=dry_run)


@contextmanager
def _named(backend: Backend) -> Iterator[None]:
    """Let the error of an unreachable backend name it and its variables."""
    try:
        yield
    except StateLostError:
        raise
    except UnavailableError as error:
        fields = () if backend.section is None else structs.fields(backend.section)
        addresses = [each.encode_name for each in fields if "ENDPOINT" in each.encode_name]
        check = f" Check {addresses[0]} and the network." if addresses else ""
        raise UnavailableError(
            f"{backend.name}: {error.detail}{check}",
            code=error.reason,
            retry_after=error.retry_after,
        ) from error


async def _checked(backend: str, check: Awaitable[object]) -> None:
    """Await a check; log a warning if the backend is unreachable."""
    try:
        await check
    except ConfigurationError:
        raise
    except StateLostError as error:
        raise ConfigurationError(f"{error.place}: {error.detail}") from error
    except RagTenancyError as error:
        log.warning("not_checked", backend=backend, code=error.reason)
