"""Templates of Azure for the chosen backends: their resources, or a complete deployment.

The accounts of the services exist already. A complete deployment adds a managed identity, Key Vault
for the keys that remain, and Container Apps: the API, the workers, and a job that runs set-up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from ragtenancy.backend.azure_template import (
    AzurePart,
    Call,
    Expression,
    Grantee,
    Id,
    Key,
    Parameter,
    Property,
    Resource,
    Template,
    Text,
    account,
    role_assignment,
)
from ragtenancy.settings import Settings
from ragtenancy.settings.backends import in_use
from ragtenancy.settings.catalogue import catalogue

ABOUT = "Resources of ragtenancy, made by `ragtenancy setup --template`."
SECRETS_USER = "4633458b-17de-408a-874b-0445c86b69e6"  # Key Vault Secrets User
ACR_PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d"
APPS = "2025-01-01"
VAULT = "2023-07-01"
LOGS = "2023-09-01"
IDENTITY = "2023-01-31"
REGISTRY = "2023-07-01"
PORT = 8000
OF_THE_IMAGE = ("RAGTENANCY_HOST", "RAGTENANCY_PORT", "RAGTENANCY_DATA_DIR")
LOCATION = Parameter(
    name="location",
    description="The region.",
    default=Call(function="resourceGroup", member="location"),
)
NAME = Parameter(
    name="name", description="The prefix of every new resource's name.", default="ragtenancy"
)
IMAGE = Parameter(
    name="image", description="The image in the registry.", default="ragtenancy:latest"
)
SIZE: Mapping[str, object] = {"cpu": 2, "memory": "4Gi"}
PROBES = (
    {"type": "Startup", "httpGet": {"path": "/livez", "port": PORT}, "periodSeconds": 6, "failureThreshold": 10},
    {"type": "Liveness", "httpGet": {"path": "/livez", "port": PORT}, "periodSeconds": 10, "timeoutSeconds": 5},
    {"type": "Readiness", "httpGet": {"path": "/readyz", "port": PORT}, "periodSeconds": 5, "timeoutSeconds": 5},
)  # fmt: skip


def azure_template(settings: Settings, *, complete: bool) -> Template:
    """Return the resources of the backends in use, with the whole deployment if `complete`.

    Raises `ConfigurationError` for a setting that a template needs.
    """
    if complete:
        return Deployment(settings).template()
    principal = Parameter(
        name="principalId", description="The object id of the identity that runs ragtenancy."
    )
    parts = _parts(settings, Grantee(key=principal, principal=principal))
    return Template(about=ABOUT, resources=[*chain.from_iterable(p.resources for p in parts)])


def _parts(settings: Settings, grantee: Grantee) -> Sequence[AzurePart]:
    used = in_use(settings.backends)
    return [each.azure(settings.chosen, grantee) for each in used if each.azure is not None]


class Deployment:
    """The complete deployment of one installation."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._identity = _regional(
            "identity", "Microsoft.ManagedIdentity/userAssignedIdentities", IDENTITY, NAME
        )
        principal = Property(self._identity, "principalId")
        self._grantee = Grantee(key=Id(self._identity), principal=principal)
        self._parts = _parts(settings, self._grantee)
        self._queue = next((each.queue for each in self._parts if each.queue), None)
        self._vault = _vault()
        self._secrets = [*map(self._secret, self._secret_names())]
        registry_name = Parameter(
            name="registryName", description="The container registry that holds the image."
        )
        kind = "Microsoft.ContainerRegistry/registries"
        self._registry = account("registry", kind, REGISTRY, registry_name)
        self._roles = [
            role_assignment("vault_role", self._vault, SECRETS_USER, self._grantee),
            role_assignment("registry_role", self._registry, ACR_PULL, self._grantee),
        ]
        self._logs = _logs()
        self._environment = _environment(self._logs)

    def template(self) -> Template:
        """Return the template."""
        api, worker, job = self._api(), self._worker(), self._set_up()
        return Template(
            about=ABOUT,
            resources=[
                self._identity,
                *chain.from_iterable(part.resources for part in self._parts),
                *(self._vault, *self._secrets, *self._roles),
                *(self._logs, self._environment, job, api, worker),
            ],
            outputs={
                "address": Text(["https://", Property(api, "configuration.ingress.fqdn")]),
                "setupJob": Text([NAME, "-setup"]),
            },
        )

    def _api(self) -> Resource:
        ingress = {"external": True, "targetPort": PORT, "transport": "http"}
        concurrency = Parameter(
            name="requestsPerReplica",
            description="Requests at once above which another API replica starts.",
            default="20",
        )
        rule = {"name": "concurrency", "http": {"metadata": {"concurrentRequests": concurrency}}}
        return self._app(
            "api", ["serve", "--workers", "0"], [rule], ingress=ingress, probes=PROBES, most=10
        )

    def _worker(self) -> Resource:
        listens = self._settings.backends.signals == "celery"
        arguments = ["worker", *(["--celery"] if listens else [])]
        return self._app("worker", arguments, self._worker_rules(), most=5)

    def _worker_rules(self) -> Sequence[object]:
        if self._queue is None:
            busy = {"type": "cpu", "metadata": {"type": "Utilization", "value": "70"}}
            return [{"name": "busy", "custom": busy}]
        secrets = [
            {"secretRef": _broker_secret(each), "triggerParameter": each}
            for each in self._queue.secrets
        ]
        rule = {"type": self._queue.type, "metadata": self._queue.metadata}
        return [{"name": "queue", "custom": {**rule, **({"auth": secrets} if secrets else {})}}]

    def _set_up(self) -> Resource:
        return self._running(
            "setup",
            "Microsoft.App/jobs",
            {
                "environmentId": Id(self._environment),
                "configuration": {
                    "triggerType": "Manual",
                    "replicaTimeout": 900,
                    "replicaRetryLimit": 0,
                    "manualTriggerConfig": {"parallelism": 1, "replicaCompletionCount": 1},
                    **self._access(),
                },
                "template": {"containers": [self._container("setup", ["setup"])]},
            },
        )

    def _app(
        self,
        role: str,
        arguments: Sequence[str],
        rules: Sequence[object],
        *,
        most: int,
        ingress: Mapping[str, object] | None = None,
        probes: Sequence[object] = (),
    ) -> Resource:
        container = self._container(role, arguments)
        properties: Mapping[str, object] = {
            "managedEnvironmentId": Id(self._environment),
            "configuration": {
                "activeRevisionsMode": "Single",
                **({"ingress": ingress} if ingress else {}),
                **self._access(),
            },
            "template": {
                "terminationGracePeriodSeconds": 60,
                "containers": [{**container, **({"probes": probes} if probes else {})}],
                "scale": {"minReplicas": 1, "maxReplicas": _most(role, most), "rules": rules},
            },
        }
        return self._running(role, "Microsoft.App/containerApps", properties)

    def _running(self, role: str, kind: str, properties: Mapping[str, object]) -> Resource:
        """Return what runs the image under the identity, once its roles are assigned."""
        body: Mapping[object, object] = {
            "identity": {
                "type": "UserAssigned",
                "userAssignedIdentities": {Id(self._identity): {}},
            },
            "properties": properties,
        }
        after = [*self._roles, *chain.from_iterable(part.resources for part in self._parts)]
        return _regional(role, kind, APPS, Text([NAME, f"-{role}"]), body, after)

    def _access(self) -> Mapping[str, object]:
        """Return how the image and the secrets are fetched."""
        server = Property(self._registry, "loginServer")
        return {
            "registries": [{"server": server, "identity": Id(self._identity)}],
            "secrets": [
                {
                    "name": each.name,
                    "keyVaultUrl": Property(each, "secretUri"),
                    "identity": Id(self._identity),
                }
                for each in self._secrets
            ],
        }

    def _container(self, name: str, arguments: Sequence[str]) -> Mapping[str, object]:
        return {
            "name": name,
            "image": Text([Property(self._registry, "loginServer"), "/", IMAGE]),
            "args": arguments,
            "env": [*self._variables()],
            "resources": SIZE,
        }

    def _variables(self) -> Iterator[Mapping[str, object]]:
        """Yield the environment: this one's settings, secrets by reference."""
        yield {"name": "AZURE_CLIENT_ID", "value": Property(self._identity, "clientId")}
        for name, value in self._given():
            if value is None:
                yield {"name": name, "secretRef": _secret_name(name)}
            else:
                yield {"name": name, "value": value}

    def _given(self) -> Iterator[tuple[str, str | None]]:
        """Yield the variables that differ from their defaults; None stands for a secret's value."""
        dropped = {*OF_THE_IMAGE, *chain.from_iterable(part.keyless for part in self._parts)}
        for group in catalogue():
            kind = group.section
            section = self._settings if kind is None else self._settings.section(kind)
            for variable in group.variables:
                value = getattr(section, variable.field)
                if value and str(value) != variable.default and variable.name not in dropped:
                    yield variable.name, None if variable.secret else str(value)

    def _secret_names(self) -> Sequence[str]:
        own = [_secret_name(name) for name, value in self._given() if value is None]
        of_the_queue = self._queue.secrets if self._queue else ()
        return [*own, *map(_broker_secret, of_the_queue)]

    def _secret(self, name: str) -> Resource:
        first, *rest = name.split("-")
        value = Parameter(
            name=first + "".join(map(str.title, rest)),
            description=f"The secret {name}.",
            secure=True,
        )
        return Resource(
            symbol=f"secret_{name.replace('-', '_')}",
            type="Microsoft.KeyVault/vaults/secrets",
            api=VAULT,
            parent=self._vault,
            name=name,
            body={"properties": {"value": value}},
        )


def _secret_name(variable: str) -> str:
    return variable.lower().replace("_", "-")


def _broker_secret(parameter: str) -> str:
    return f"broker-{parameter}"


def _most(role: str, default: int) -> Parameter:
    return Parameter(
        name=f"{role}Replicas", description=f"The most replicas of the {role}.", default=default
    )


def _regional(
    symbol: str,
    kind: str,
    api: str,
    name: Expression,
    body: Mapping[object, object] | None = None,
    after: Sequence[Resource] = (),
) -> Resource:
    located = {"location": LOCATION, **(body or {})}
    return Resource(symbol=symbol, type=kind, api=api, name=name, body=located, after=after)


def _vault() -> Resource:
    group = Call(function="resourceGroup", member="id")
    unique = Call(function="uniqueString", arguments=[group, NAME])
    return _regional(
        "vault",
        "Microsoft.KeyVault/vaults",
        VAULT,
        Text(["kv-", unique]),
        {
            "properties": {
                "tenantId": Call(function="subscription", member="tenantId"),
                "sku": {"family": "A", "name": "standard"},
                "enableRbacAuthorization": True,
            }
        },
    )


def _logs() -> Resource:
    kind = "Microsoft.OperationalInsights/workspaces"
    properties = {"sku": {"name": "PerGB2018"}, "retentionInDays": 30}
    return _regional("logs", kind, LOGS, Text([NAME, "-logs"]), {"properties": properties})


def _environment(logs: Resource) -> Resource:
    key = Key(logs, "primarySharedKey")
    to = {"customerId": Property(logs, "customerId"), "sharedKey": key}
    properties = {
        "appLogsConfiguration": {"destination": "log-analytics", "logAnalyticsConfiguration": to}
    }
    kind = "Microsoft.App/managedEnvironments"
    return _regional("apps", kind, APPS, NAME, {"properties": properties})
