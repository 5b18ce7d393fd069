// A document's chunks as text nodes.
export default function ({ data, parentElement }) {
  const root = document.createElement("div");
  root.className = "rt";
  for (const { heading, text } of data.chunks) {
    const chunk = document.createElement("div"), small = document.createElement("small"), body = document.createElement("div");
    chunk.className = "rt-chunk";
    small.textContent = heading;
    body.textContent = text;
    chunk.append(small, body);
    root.append(chunk);
  }
  parentElement.querySelector(".rt-place").replaceChildren(root);
}
