// An answer, built node by node from its parsed Markdown: foreign text only ever becomes text nodes.
const TAGS = new Set(["p", "strong", "em", "s", "ul", "ol", "li", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td", "hr", "br"]);

function node(tag, text, kind) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = node("div", undefined, "rt rt-answer");
  const known = new Set(data.sources.map(source => source.index));

  function opener(index, label, kind) {
    const button = node("button", label, kind);
    button.type = "button";
    button.onclick = () => setTriggerValue("opened", index);
    return button;
  }

  function addText(parent, text) {
    let at = 0;
    for (const found of text.matchAll(/\[(\d+)\]/g)) {
      if (!known.has(Number(found[1]))) continue;
      parent.append(text.slice(at, found.index), opener(Number(found[1]), found[0], "rt-marker"));
      at = found.index + found[0].length;
    }
    parent.append(text.slice(at));
  }

  function addTokens(parent, tokens) {
    const open = [parent];
    for (const { type, tag, nesting, content, children } of tokens) {
      const top = open.at(-1);
      if (nesting === 1) {
        const made = node(TAGS.has(tag) ? tag : "span");
        top.append(made);
        open.push(made);
      } else if (nesting === -1) open.pop();
      else if (children) addTokens(top, children);
      else if (type === "text") addText(top, content);
      else if (type === "code_inline") top.append(node("code", content));
      else if (type === "fence" || type === "code_block") top.append(node("pre", content));
      else if (type === "softbreak" || type === "hardbreak") top.append(node("br"));
      else if (tag === "hr") top.append(node("hr"));
      else top.append(content);
    }
  }

  addTokens(root, data.tokens);
  if (data.sources.length) {
    const row = node("div", undefined, "rt-sources");
    for (const { index, label, cited } of data.sources) row.append(opener(index, `[${index}] ${label}`, cited ? "rt-source" : "rt-source rt-uncited"));
    root.append(row);
  }
  parentElement.querySelector(".rt-place").replaceChildren(root);
}
