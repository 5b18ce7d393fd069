// Throughput, which @vercel/cosmosdb-server lacks: an account is serverless unless PROVISIONED.
//
// Offers follow "Offers" and "Create a collection" of the REST API
// (learn.microsoft.com/rest/api/cosmos-db/offers, …/create-a-collection). A serverless account
// answers 400 to every question about throughput (Azure/azure-sdk-for-java issue 18776), and 400
// to a request for some ("Setting offer throughput or autopilot on container is not supported for
// serverless accounts"). A container in a provisioned account gets 400 request units per second
// of its own, unless its database shares some. With KEYLESS, requests that no role of the data
// plane covers get the 403, substatus 5300, of dotnet/efcore issue 32197. Guessed: that reading
// offers gets the same, since by Microsoft's how-to-setup-rbac these roles do not cover "Read/Replace
// Container Throughput".
"use strict";

const path = require("path");

const DEFAULT = 400;
const REFUSED = {
  code: "BadRequest",
  message: "Reading or replacing offers is not supported for serverless accounts.",
};

function asked(request) {
  const autopilot = request.headers["x-ms-cosmos-offer-autopilot-settings"];
  const manual = request.headers["x-ms-offer-throughput"];
  if (autopilot) return { offerThroughput: 100, offerAutopilotSettings: JSON.parse(autopilot) };
  return manual === undefined ? null : { offerThroughput: parseInt(manual, 10) };
}

module.exports = function install(base, readBody, { provisioned, keyless }) {
  const offers = new Map();
  const add = (resource, content) => {
    const id = `o${offers.size + 1}`;
    const offer = { id, _rid: id, _self: `offers/${id}/`, resource, offerVersion: "V2", content };
    offers.set(id, offer);
  };
  const refused = (response, message) => {
    response.statusCode = 400;
    return { ...REFUSED, message };
  };

  for (const name of ["create-database", "create-collection"]) {
    const module = require(path.join(base, "lib/handler", name));
    const original = module.default;
    module.default = async (account, request, response, params) => {
      const content = asked(request);
      if (content && !provisioned) {
        const message =
          "Setting offer throughput or autopilot on container is not supported for serverless accounts.";
        return refused(response, message);
      }
      const made = await original(account, request, response, params);
      if (response.statusCode !== 201 || !provisioned) return made;
      const database = params.dbId && account.database(params.dbId).read();
      const isShared = database && [...offers.values()].some((o) => o.resource === database._self);
      if (content) add(made._self, content);
      else if (database && !isShared) add(made._self, { offerThroughput: DEFAULT });
      return made;
    };
  }

  const query = async (account, request, response) => {
    if (!provisioned) return refused(response, REFUSED.message);
    const { parameters = [] } = request.method === "GET" ? {} : await readBody(request);
    const link = (parameters.find((p) => p.name === "@link") || {}).value;
    const found = [...offers.values()].filter((o) => link === undefined || o.resource === link);
    return { _rid: "", Offers: found, _count: found.length };
  };
  const replace = async (account, request) => {
    const offer = await readBody(request);
    offers.set(offer.id, offer);
    return offer;
  };
  const forbidden = (account, request, response) => {
    response.statusCode = 403;
    response.setHeader("x-ms-substatus", "5300");
    const message = `Request blocked by Auth account : The given request [${request.method} ${request.url}] cannot be authorized by AAD token in data plane. Learn more: https://aka.ms/cosmos-native-rbac.`;
    return { code: "Forbidden", message };
  };

  const routes = require(path.join(base, "lib/routes")); // after the handlers, which it keeps
  const original = routes.default;
  routes.default = (request) => {
    const { method, url } = request;
    const isQuery = request.headers["x-ms-documentdb-isquery"] === "True";
    const isOffer = /^\/+offers\/?/i.test(url);
    const manages =
      (method === "POST" && !isQuery && /^\/+dbs(\/[^/]+\/colls)?\/?$/.test(url)) ||
      (/PUT|DELETE/.test(method) && /^\/+dbs\/[^/]+(\/colls\/[^/]+)?\/?$/.test(url));
    if (keyless && (isOffer || manages)) return [{}, forbidden];
    if (isOffer) return [{}, method === "PUT" ? replace : query];
    return original(request);
  };
};
