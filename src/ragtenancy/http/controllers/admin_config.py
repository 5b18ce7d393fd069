"""The operator's side of configurations."""

from __future__ import annotations

from litestar import Response, get, post, put
from litestar.di import NamedDependency

from ragtenancy.app.config.configs import TenantConfigs
from ragtenancy.domain.ids import TenantId
from ragtenancy.domain.principals import OperatorPrincipal
from ragtenancy.http import path_ids
from ragtenancy.http.bodies import read_json, read_query
from ragtenancy.http.connections import AnyRequest
from ragtenancy.http.etags import etag, expected_version
from ragtenancy.http.operations import operator
from ragtenancy.http.views import clients as view
from ragtenancy.http.views.pages import page
from ragtenancy.wire.configs import ConfigInput, ConfigVersion, EffectiveConfig, Rollback
from ragtenancy.wire.pages import Page, PageQuery

CONFIG = "/api/v1/admin/clients/{client_id:str}/config"


@get(CONFIG, opt=operator(fails=(404,)))
async def read_client_config(
    request: AnyRequest, configs: NamedDependency[TenantConfigs]
) -> Response[EffectiveConfig]:
    """Read the configuration in force."""
    return await _in_force(configs, path_ids.client_id(request))


@put(CONFIG, opt=operator(body=ConfigInput, fails=(404, 412, 413, 415, 422)))
async def put_client_config(
    request: AnyRequest,
    admin: NamedDependency[OperatorPrincipal],
    configs: NamedDependency[TenantConfigs],
) -> Response[EffectiveConfig]:
    """Put a whole configuration in force; unset fields take their defaults."""
    client_id = path_ids.client_id(request)
    config = (await read_json(request, ConfigInput)).filled()
    expected = expected_version(request)
    await configs.put(client_id, config, created_by=admin.name, expected_version=expected)
    return await _in_force(configs, client_id)


@get(CONFIG + "/versions", opt=operator(query=PageQuery, fails=(404,)))
async def list_client_config_versions(
    request: AnyRequest, configs: NamedDependency[TenantConfigs]
) -> Page[ConfigVersion]:
    """List the versions, newest first."""
    query = read_query(request, PageQuery)
    client_id = path_ids.client_id(request)
    found = await configs.versions(client_id, after=query.after, limit=query.limit)
    return page(found, view.config_version)


@post(
    CONFIG + "/rollback",
    status_code=200,
    opt=operator(body=Rollback, fails=(404, 412, 413, 415, 422)),
)
async def roll_back_client_config(
    request: AnyRequest,
    admin: NamedDependency[OperatorPrincipal],
    configs: NamedDependency[TenantConfigs],
) -> Response[EffectiveConfig]:
    """Put an old version's configuration in force again, as a new version."""
    client_id = path_ids.client_id(request)
    asked = await read_json(request, Rollback)
    await configs.rollback(client_id, asked.version, created_by=admin.name)
    return await _in_force(configs, client_id)


async def _in_force(configs: TenantConfigs, client_id: TenantId) -> Response[EffectiveConfig]:
    effective = await configs.get(client_id)
    return Response(view.effective_config(effective), headers=etag(effective.version))


HANDLERS = (
    read_client_config,
    put_client_config,
    list_client_config_versions,
    roll_back_client_config,
)
