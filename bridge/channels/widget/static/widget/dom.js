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

const ICONS = {
  chat: "M3.5 17.5v-4.2C3.5 8.7 7.3 5 12 5s8.5 3.7 8.5 8.3v4.2M8 17.5v-3.7c0-2.2 1.8-3.9 4-3.9s4 1.7 4 3.9v3.7M2 17.5h20",
  close: "M6 6l12 12M18 6L6 18",
  fresh: "M12 5.5H7A2.5 2.5 0 0 0 4.5 8v9A2.5 2.5 0 0 0 7 19.5h9a2.5 2.5 0 0 0 2.5-2.5v-5M10 14l.6-2.8 7.6-7.6 2.2 2.2-7.6 7.6L10 14z",
  send: "M12 19V5M6 11l6-6 6 6",
  stop: "M8 8h8v8H8z",
  down: "M12 5v14M6 13l6 6 6-6",
  copy: "M9 9h10v10H9zM5 15V5h10",
  check: "M5 12.5l4.5 4.5L19 7.5",
  up: "M7.5 11v8M4 11h3.5L11 4c1.4 0 2.3 1 2.3 2.3L13 10h4.8c1.3 0 2.3 1.2 2 2.5l-1 5c-.2 1-1 1.5-2 1.5H4z",
  worse: "M16.5 13V5M20 13h-3.5L13 20c-1.4 0-2.3-1-2.3-2.3L11 14H6.2c-1.3 0-2.3-1.2-2-2.5l1-5c.2-1 1-1.5 2-1.5H20z",
  again: "M19 12a7 7 0 1 1-2.1-5L19.5 9.5M19.5 4.5v5h-5",
  out: "M9 6H6v12h12v-3M13 5h6v6M19 5l-8 8",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4.5 20c1-3.5 4-5 7.5-5s6.5 1.5 7.5 5",
  ask: "M9 6l6 6-6 6",
};

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
