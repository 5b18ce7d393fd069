// An emulator of Cosmos DB: @vercel/cosmosdb-server 1.0.1 with what it lacks put right.
//
// As it comes it ignores the partition of a query, answers 500 for an item that is not there, does
// half of a failed batch, overlooks If-None-Match, and lets nothing expire. `--raw-queries` leaves
// the first of these: a query of ours whose text forgets its client then returns other clients'
// items, which makes it a detector.
//
//   NODE_MODULES_DIR=… node cosmos_emulator.cjs PORT [--raw-queries] [--provisioned] [--keyless]
//
// `--provisioned` and `--keyless` are those of cosmos_offers.cjs; the account is else serverless.
"use strict";

const path = require("path");

const HOST = "127.0.0.1";
const [port, ...modes] = process.argv.slice(2);
const base = path.dirname(
  require.resolve("@vercel/cosmosdb-server/package.json", {
    paths: [process.env.NODE_MODULES_DIR || process.cwd()],
  }),
);
const handler = (name) => require(path.join(base, "lib/handler", name));
const body = require(path.join(base, "lib/json"));

const NOT_FOUND = {
  code: "NotFound",
  message: "Entity with the specified id does not exist in the system.",
};

function collectionOf(account, params) {
  return account.database(params.dbId).collection(params.collId);
}

function keyPaths(collection) {
  return ((collection.read() || {}).partitionKey || {}).paths || [];
}

function valueAt(item, keyPath) {
  return keyPath
    .slice(1)
    .split("/")
    .reduce((value, name) => (value == null ? value : value[name]), item);
}

function partitionOf(request) {
  const header = request.headers["x-ms-documentdb-partitionkey"];
  if (!header || header === "[{}]" || header === "[]") return undefined;
  try {
    return JSON.parse(header);
  } catch {
    return undefined;
  }
}

function isIn(collection, item, partition) {
  return partition.every((wanted, index) => {
    const value = valueAt(item, keyPaths(collection)[index]);
    return value === wanted || (wanted && typeof wanted === "object" && value === undefined);
  });
}

function expire(collection) {
  const { defaultTtl } = collection.read() || {};
  if (defaultTtl === undefined) return;
  const now = Math.floor(Date.now() / 1000);
  for (const entry of [...collection.documents._data.values()]) {
    const item = entry.read();
    const ttl = typeof item.ttl === "number" ? item.ttl : defaultTtl;
    if (ttl > 0 && item._ts + ttl <= now) {
      collection.documents.delete(item.id, valueAt(item, keyPaths(collection)[0]));
    }
  }
}

function repairItems() {
  const names = ["read", "delete", "patch", "replace", "create", "upsert"];
  for (const name of names) {
    const module = handler(`${name}-document`);
    const original = module.default;
    module.default = async (account, request, response, params) => {
      const collection = collectionOf(account, params);
      if (!collection.read()) return original(account, request, response, params);
      expire(collection);
      const partition = partitionOf(request);
      if (name === "read" && partition && !collection.document(params.docId, partition[0]).read()) {
        response.statusCode = 404;
        return NOT_FOUND;
      }
      const item = await original(account, request, response, params);
      if (name === "read" && item && item._etag === request.headers["if-none-match"]) {
        response.statusCode = 304;
      }
      return item;
    };
  }
}

// The reply of a container's read with x-ms-documentdb-populatepartitionstatistics: the fields of
// PartitionKeyRangeStatistics and PartitionKeyStatistics (Microsoft.Azure.Documents, .NET
// reference). The service leaves out partition keys below 1 GB; here all are given.
function addStatistics() {
  const module = handler("read-collection");
  const original = module.default;
  module.default = async (account, request, response, params) => {
    const container = await original(account, request, response, params);
    const asked = request.headers["x-ms-documentdb-populatepartitionstatistics"];
    if (!container.id || String(asked).toLowerCase() !== "true") return container;
    const collection = collectionOf(account, params);
    const sizes = new Map();
    for (const entry of collection.documents._data.values()) {
      const item = entry.read();
      const key = valueAt(item, keyPaths(collection)[0]);
      sizes.set(key, (sizes.get(key) || 0) + JSON.stringify(item).length);
    }
    const partitionKeys = [...sizes].map(([key, size]) => ({
      partitionKey: [key],
      sizeInKB: Math.ceil(size / 1024),
    }));
    const documentCount = collection.documents._data.size;
    return { ...container, statistics: [{ id: "0", sizeInKB: 0, documentCount, partitionKeys }] };
  };
}

function repairQueries() {
  const module = handler("query-documents");
  const original = module.default;
  module.default = async (account, request, response, params) => {
    const collection = collectionOf(account, params);
    if (!collection.read()) return original(account, request, response, params);
    expire(collection);
    request.headers["x-ms-documentdb-query-enablecrosspartition"] = "True";
    const partition = modes.includes("--raw-queries") ? undefined : partitionOf(request);
    if (!partition) return original(account, request, response, params);
    const documents = collection.documents;
    const query = documents.query;
    documents.query = function (...given) {
      const all = this._data;
      this._data = new Map([...all].filter(([, e]) => isIn(collection, e.read(), partition)));
      try {
        return query.apply(this, given);
      } finally {
        this._data = all;
      }
    };
    try {
      return await original(account, request, response, params);
    } finally {
      delete documents.query;
    }
  };
}

function repairBatches() {
  const module = handler("batch-documents");
  const original = module.default;
  const read = body.default;
  body.default = async (request) => (request.__body !== undefined ? request.__body : read(request));
  module.default = async (account, request, response, params) => {
    const collection = collectionOf(account, params);
    const { documents } = collection;
    if (collection.read()) expire(collection);
    const operations = await body.default(request);
    const partition = request.headers["x-ms-documentdb-partitionkey"];
    const before = [new Map(documents._data), new Map(documents._index), documents._ridCount];
    for (const operation of operations) {
      if (operation && operation.partitionKey === undefined) operation.partitionKey = partition;
    }
    const again = Object.assign(Object.create(request), {
      headers: request.headers,
      on: undefined,
      __body: operations,
    });
    const results = await original(account, again, response, params);
    if (!Array.isArray(results) || results.every((result) => result.statusCode < 400)) {
      return results;
    }
    [documents._data, documents._index, documents._ridCount] = before;
    response.statusCode = 207;
    return results.map((result) =>
      result.statusCode >= 400 && result.statusCode !== 424
        ? result
        : { statusCode: 424, requestCharge: 0 },
    );
  };
}

repairItems();
repairQueries();
repairBatches();
addStatistics();
require("./cosmos_offers.cjs")(base, body.default, {
  provisioned: modes.includes("--provisioned"),
  keyless: modes.includes("--keyless"),
});
require(path.join(base, "lib/index.js"))
  .createHttpServer({ keepAlive: true })
  .listen(parseInt(port, 10), HOST);
