// A TypeScript client of the types generated from the API description: URL KEY
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

declare const process: { argv: string[]; exit(code: number): never };
const [url, key] = process.argv.slice(2);
const api = createClient<paths>({ baseUrl: url, headers: { "X-API-Key": key } });

function expect(what: string, holds: boolean): void {
  console.log((holds ? "ok    " : "WRONG ") + what);
  if (!holds) process.exit(1);
}

function whole<Reply>(data: Reply | string | undefined): Reply | undefined {
  return typeof data === "string" ? undefined : data; // a stream is text
}

const chat = await api.POST("/api/v1/chat", { body: { message: "What is the code of the safe?" } });
const reply: components["schemas"]["ChatReply"] | undefined = whole(chat.data);
expect("chat answers", reply !== undefined && reply.answer.includes("4711"));
expect("its source has a filename", reply?.sources[0].filename === "note.md");

const found = await api.POST("/api/v1/search", { body: { query: "safe", top_k: 1 } });
const score: number | undefined = found.data?.hits[0].score;
expect("search finds with a score", score !== undefined && score > 0);

const listed = await api.GET("/api/v1/ingest/documents", { params: { query: { limit: 1 } } });
const id = listed.data?.items[0].document_id ?? "";
const read = await api.GET("/api/v1/ingest/document/{document_id}", {
  params: { path: { document_id: id } },
});
expect("a document is listed and read", read.data?.status === "active");

const absent = await api.GET("/api/v1/ingest/status/{job_id}", {
  params: { path: { job_id: "absent" } },
});
const problem: components["schemas"]["Problem"] | undefined = absent.error;
expect("a problem is typed", problem?.code === "not_found" && problem.request_id !== "");

const completion = await api.POST("/v1/chat/completions", {
  body: { messages: [{ role: "user", content: "What is the code of the safe?" }] },
});
const answer = whole(completion.data);
const cited = answer?.choices[0].message.annotations[0].file_citation.filename;
expect("a completion cites", cited === "note.md");
