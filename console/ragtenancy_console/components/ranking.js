// Hits ranked anew at every move of the slider, from the raw scores:
// score = semantic weight · cosine + BM25 weight · (BM25 / best BM25).
function node(tag, text, kind) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

function table(terms) {
  const made = node("table"), head = node("tr");
  for (const name of ["word stem", "in the chunk", "in all chunks", "IDF", "adds to BM25"]) head.append(node("th", name));
  made.append(head);
  for (const term of terms) {
    const row = node("tr");
    for (const value of term) row.append(node("td", typeof value === "number" && !Number.isInteger(value) ? value.toFixed(3) : String(value)));
    made.append(row);
  }
  return made;
}

function card(hit) {
  const item = node("li"), head = node("div", undefined, "rt-head"), bar = node("div", undefined, "rt-bar");
  const parts = { rank: node("span", "", "rt-rank"), moved: node("span", "", "rt-moved"), score: node("small") };
  parts.semantic = node("div", undefined, "rt-semantic");
  parts.bm25 = node("div", undefined, "rt-bm25");
  head.append(parts.rank, node("span", hit.filename, "rt-file"), parts.moved);
  bar.append(parts.semantic, parts.bm25);
  const details = node("details");
  details.append(node("summary", hit.place || "Passage and score"), node("div", hit.text, "rt-body"), node("small", hit.why));
  if (hit.terms.length) details.append(table(hit.terms));
  item.append(head, bar, parts.score, details);
  return { item, parts };
}

export default function ({ data, parentElement }) {
  const root = node("div", undefined, "rt-lab"), label = node("label"), output = node("output"), slider = node("input"), list = node("ol"), key = node("div", undefined, "rt-key");
  slider.type = "range";
  Object.assign(slider, { min: 0, max: 1, step: 0.01, value: data.weight });
  slider.id = "rt-weight";
  label.htmlFor = slider.id;
  label.append(node("span", "Semantic weight"), output);
  for (const [kind, name] of [["semantic", "semantic part"], ["bm25", "BM25 part"]]) {
    const entry = node("span");
    entry.append(node("i", undefined, `rt-key-${kind}`), name);
    key.append(entry);
  }
  const cards = new Map(data.hits.map(hit => [hit.id, card(hit)]));
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

  function rank(glide) {
    const semantic = Number(slider.value), words = 1 - semantic;
    output.textContent = `semantic ${semantic.toFixed(2)} · BM25 ${words.toFixed(2)}`;
    const scored = data.hits.map((hit, was) => ({ hit, was, score: semantic * hit.semantic + words * hit.bm25 }));
    scored.sort((one, other) => other.score - one.score || one.was - other.was);
    const before = new Map([...cards].map(([id, { item }]) => [id, item.getBoundingClientRect().top]));
    scored.forEach(({ hit, was, score }, now) => {
      const { item, parts } = cards.get(hit.id);
      parts.rank.textContent = `${now + 1}.`;
      const moved = was - now;
      parts.moved.textContent = moved > 0 ? `▲ ${moved}` : moved < 0 ? `▼ ${-moved}` : "";
      parts.semantic.style.width = `${100 * Math.max(0, semantic * hit.semantic)}%`;
      parts.bm25.style.width = `${100 * words * hit.bm25}%`;
      parts.score.textContent = `score ${score.toFixed(4)} · cosine ${hit.semantic.toFixed(3)} · BM25 ${hit.raw.toFixed(2)}, ${Math.round(100 * hit.bm25)} % of the best${hit.passes ? "" : " · not relevant enough for chat"}`;
      list.append(item);
    });
    if (still || !glide) return;
    for (const [id, { item }] of cards) {
      const by = before.get(id) - item.getBoundingClientRect().top;
      if (by) item.animate([{ transform: `translateY(${by}px)` }, { transform: "none" }], { duration: 200, easing: "ease-out" });
    }
  }

  slider.addEventListener("input", () => rank(true));
  root.append(label, slider, key, list);
  parentElement.querySelector(".rt-place").replaceChildren(root);
  rank(false);
}
