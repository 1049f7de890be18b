// Making nodes. Text is always a text node: nothing here takes HTML.

/** el("a", {href, onclick}, "text", node): attributes that are null, undefined or false are left out. */
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** The paths of the icons by name; they come with the look. */
const ICONS = {};

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [key, value] of [["viewBox", "0 0 24 24"], ["class", "icon"], ["aria-hidden", "true"]]) {
    svg.setAttribute(key, value);
  }
  const path = document.createElementNS(svg.namespaceURI, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

function iconButton(name, label, onclick, more = {}) {
  return el("button", { type: "button", class: "tool", "aria-label": label, title: label, onclick, ...more }, icon(name));
}

/** Makes `parent`'s children from index `from` on equal to `wanted`, touching only what differs. */
function morphChildren(parent, wanted, from = 0) {
  const before = [...parent.childNodes].slice(from);
  const after = [...wanted.childNodes];
  after.forEach((node, index) => {
    const old = before[index];
    if (!old) parent.append(node);
    else if (!morphNode(old, node)) old.replaceWith(node);
  });
  for (const old of before.slice(after.length)) old.remove();
}

function morphNode(old, node) {
  if (old.nodeType !== node.nodeType || old.nodeName !== node.nodeName) return false;
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== node.data) old.data = node.data;
    return true;
  }
  const attributes = (of) => [...of.attributes].filter((a) => a.name !== "tabindex").map((a) => `${a.name}=${a.value}`);
  if (attributes(old).join() !== attributes(node).join()) return false;
  morphChildren(old, node);
  return true;
}
