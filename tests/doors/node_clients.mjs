// OpenAI's and MCP's clients for Node, used as their documentation shows: URL KEY
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import OpenAI from "openai";

const [url, key] = process.argv.slice(2);
const question = "What is the code of the safe?";

function expect(what, holds) {
  console.log((holds ? "ok    " : "WRONG ") + what);
  if (!holds) process.exit(1);
}

const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: key });
const asked = { model: "ragtenancy", messages: [{ role: "user", content: question }] };
const reply = await openai.chat.completions.create(asked);
expect("openai for node: a completion answers", reply.choices[0].message.content.includes("4711"));
let told = "";
for await (const chunk of await openai.chat.completions.create({ ...asked, stream: true })) {
  told += chunk.choices[0]?.delta?.content ?? "";
}
expect("openai for node: a stream tells the same", told === reply.choices[0].message.content);
const found = await openai.vectorStores.search("vs_acme", { query: "safe" });
expect("openai for node: the vector store is searched", found.data[0].filename === "note.md");

const client = new Client({ name: "doors", version: "1" });
const requestInit = { headers: { Authorization: `Bearer ${key}` } };
await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit }));
const { tools } = await client.listTools();
expect("mcp for node: four tools", tools.length === 4);
const answer = await client.callTool({ name: "ask", arguments: { question } });
expect("mcp for node: ask answers", answer.structuredContent.answer.includes("4711"));
await client.close();
