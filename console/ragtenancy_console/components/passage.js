// A text with one passage marked and scrolled to; all of it foreign, hence text nodes.
export default function ({ data, parentElement }) {
  const root = document.createElement("div"), text = document.createElement("div"), mark = document.createElement("mark");
  root.className = "rt";
  text.className = "rt-text";
  text.tabIndex = 0;
  mark.textContent = data.passage;
  text.append(data.before, mark, data.after);
  root.append(text);
  parentElement.querySelector(".rt-place").replaceChildren(root);
  requestAnimationFrame(() => { text.scrollTop = Math.max(0, mark.offsetTop - text.offsetTop - 48); });
}
