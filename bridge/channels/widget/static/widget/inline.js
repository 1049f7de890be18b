// Markdown inside one paragraph: text -> a list of plain nodes. No DOM here.
//
// `open` means that more text may follow. Then whatever could still turn into something else (a lone backtick, a
// bracket, a run of stars at the very end) is held back, and emphasis that has begun is closed for the time being,
// so that no raw syntax is ever seen which the finished text would not show.

const DELIMITERS_MAX = 500;
const DESTINATION = /\([ \t]*(?:<([^<>\n]*)>|((?:[^\s()<>\\]|\\[^\n]|\((?:[^\s()\\]|\\[^\n])*\))*))(?:[ \t]+(?:"[^"\n]*"|'[^'\n]*'))?[ \t]*\)/y;
const AUTOLINK = /<([a-z][a-z0-9+.-]+:[^\s<>]*|[\w.+-]+@[\w.-]+)>/iy;
const PLAIN = /[^\\`<![*_~\n]+/y;
const CITATION = /^\d{1,3}(?:, ?\d{1,3})*$/;

function matchAt(pattern, text, index) {
  pattern.lastIndex = index;
  return pattern.exec(text);
}

function runAt(text, index) {
  let end = index + 1;
  while (text[end] === text[index]) end += 1;
  return end - index;
}

/** Where code spans, links and brackets lie, and from where on the text must be held back. */
function scanInline(text, open) {
  const spans = new Map();
  const links = new Map();
  const pairs = new Map();
  const runs = new Map();
  const noCloser = new Set();
  const brackets = [];
  let hold = text.length;
  let i = 0;
  while (i < text.length) {
    const c = text[i];
    if (c === "\\") {
      if (i + 1 === text.length) hold = Math.min(hold, i);
      i += 2;
    } else if (c === "`") {
      const length = runAt(text, i);
      const end = noCloser.has(length) ? -1 : codeEnd(text, i + length, length);
      if (end > 0) {
        spans.set(i, { from: i + length, to: end - length, end });
        i = end;
      } else if (open) {
        hold = Math.min(hold, i);
        break;
      } else {
        noCloser.add(length);
        i += length;
      }
    } else if (c === "<") {
      const auto = matchAt(AUTOLINK, text, i);
      if (!auto && open && /^<[^\s<>]*$/.test(text.slice(i))) {
        hold = Math.min(hold, i);
        break;
      }
      i += auto ? auto[0].length : 1;
    } else if (c === "[") {
      brackets.push(i);
      i += 1;
    } else if (c === "]" && brackets.length) {
      const from = brackets.pop();
      pairs.set(from, i);
      const destination = text[i + 1] === "(" ? matchAt(DESTINATION, text, i + 1) : null;
      if (destination) {
        const href = (destination[1] ?? destination[2]).replace(/\\(.)/g, "$1");
        links.set(from, { to: i, end: i + 1 + destination[0].length, href });
        i = links.get(from).end;
      } else {
        const undecided = i + 1 === text.length || (text[i + 1] === "(" && !text.includes("\n", i));
        if (undecided) hold = Math.min(hold, from);
        i += 1;
      }
    } else if (c === "*" || c === "_" || c === "~") {
      const length = runAt(text, i);
      runs.set(i + length, i);
      i += length;
    } else {
      i += 1;
    }
  }
  if (brackets.length) hold = Math.min(hold, brackets[0]);
  if (text[hold] === "[" && text[hold - 1] === "!") hold -= 1;
  while (runs.has(hold)) hold = runs.get(hold);
  return { spans, links, pairs, hold };
}

function codeEnd(text, from, length) {
  for (let i = text.indexOf("`", from); i >= 0; i = text.indexOf("`", i)) {
    const run = runAt(text, i);
    if (run === length) return i + run;
    i += run;
  }
  return -1;
}

/** Nodes: {t: "text"|"code", v} {t: "strong"|"em"|"del", c} {t: "link", href, c} {t: "image", href, v} {t: "cite", n} {t: "br"} */
function parseInline(source, open = false, inLink = false) {
  const { spans, links, pairs, hold } = scanInline(source, open);
  const text = open ? source.slice(0, hold) : source;
  const items = [];
  const say = (v) => {
    const last = items[items.length - 1];
    if (last && last.t === "text") last.v += v;
    else items.push({ t: "text", v });
  };
  let i = 0;
  while (i < text.length) {
    const c = text[i];
    const plain = matchAt(PLAIN, text, i);
    if (plain) {
      say(plain[0]);
      i += plain[0].length;
    } else if (c === "\\" && text[i + 1] === "\n") {
      items.push({ t: "br" });
      i += 2;
    } else if (c === "\\" && /[!-/:-@[-`{-~]/.test(text[i + 1] || "")) {
      say(text[i + 1]);
      i += 2;
    } else if (c === "\n") {
      items.push({ t: "br" });
      i += 1;
    } else if (spans.has(i)) {
      const { from, to, end } = spans.get(i);
      const inside = text.slice(from, to).replace(/\n/g, " ");
      items.push({ t: "code", v: /^ .*[^ ].* $/.test(inside) ? inside.slice(1, -1) : inside });
      i = end;
    } else if (c === "<" && !inLink && matchAt(AUTOLINK, text, i)) {
      const address = matchAt(AUTOLINK, text, i)[1];
      const href = /^[^:]+@/.test(address) ? `mailto:${address}` : address;
      items.push({ t: "link", href, bare: true, c: [{ t: "text", v: address }] });
      i += address.length + 2;
    } else if (c === "!" && links.has(i + 1)) {
      const { to, end, href } = links.get(i + 1);
      items.push({ t: "image", href, v: text.slice(i + 2, to).replace(/[*_`[\]]/g, "") });
      i = end;
    } else if (c === "[" && !inLink && links.has(i)) {
      const { to, end, href } = links.get(i);
      items.push({ t: "link", href, c: parseInline(text.slice(i + 1, to), false, true) });
      i = end;
    } else if (c === "[" && !inLink && pairs.has(i) && CITATION.test(text.slice(i + 1, pairs.get(i)))) {
      const last = items[items.length - 1];
      if (last && last.t === "text") last.v = last.v.trimEnd();
      for (const n of text.slice(i + 1, pairs.get(i)).split(/, ?/)) items.push({ t: "cite", n: Number(n) });
      i = pairs.get(i) + 1;
    } else if (c === "*" || c === "_" || c === "~") {
      const length = runAt(text, i);
      items.push(delimiter(c, length, text[i - 1] || " ", text[i + length] || " "));
      i += length;
    } else if (c === "`") {
      say("`".repeat(runAt(text, i)));
      i += runAt(text, i);
    } else {
      say(c);
      i += 1;
    }
  }
  return linked(emphasised(items, open), open, inLink);
}

function delimiter(ch, len, before, after) {
  let opens = !/\s/.test(after);
  let closes = !/\s/.test(before);
  if (ch === "_") {
    const word = /[\p{L}\p{N}]/u;
    opens = opens && !word.test(before);
    closes = closes && !word.test(after);
  } else if (ch === "*" && len === 1 && /[a-z0-9]/i.test(before) && /[a-z0-9]/i.test(after)) {
    opens = closes = false;
  } else if (ch === "~" && len !== 2) {
    opens = closes = false;
  }
  return { t: "delimiter", ch, len, opens, closes };
}

function emphasised(items, open) {
  if (items.filter((item) => item.t === "delimiter").length > DELIMITERS_MAX) return settled(items);
  for (let c = 0; c < items.length; c += 1) {
    const closer = items[c];
    if (closer.t !== "delimiter" || !closer.closes || !closer.len) continue;
    let o = c - 1;
    while (o >= 0 && !(items[o].t === "delimiter" && items[o].opens && items[o].len && items[o].ch === closer.ch)) o -= 1;
    if (o < 0) continue;
    const opener = items[o];
    const use = opener.len > 1 && closer.len > 1 ? 2 : 1;
    opener.len -= use;
    closer.len -= use;
    const inside = settled(items.slice(o + 1, c));
    items.splice(o + 1, c - o - 1, { t: strength(closer.ch, use), c: inside });
    c = closer.len ? o + 1 : o + 2;
  }
  if (open) closeForNow(items);
  return settled(items);
}

function closeForNow(items) {
  for (let i = items.length - 1; i >= 0; i -= 1) {
    const { t, ch, len, opens } = items[i];
    if (t !== "delimiter" || !opens || !len) continue;
    const inside = settled(items.splice(i + 1));
    const node = { t: strength(ch, Math.min(len, 2)), c: inside };
    items[i] = len > 2 && ch === "*" ? { t: "em", c: [node] } : node;
  }
}

function strength(ch, use) {
  if (ch === "~") return "del";
  return use === 2 ? "strong" : "em";
}

/** Delimiters that found no partner become text again; neighbouring texts become one. */
function settled(items) {
  const out = [];
  for (const item of items) {
    const node = item.t === "delimiter" ? { t: "text", v: item.ch.repeat(item.len) } : item;
    const last = out[out.length - 1];
    if (node.t === "text" && last && last.t === "text") last.v += node.v;
    else if (node.t !== "text" || node.v) out.push(node.t === "text" ? { ...node } : node);
  }
  return out;
}

/** Bare addresses become links; one that touches the end of an open text waits until it is complete. */
function linked(nodes, open, inLink) {
  if (inLink) return nodes;
  return nodes.flatMap((node, index) => {
    const last = open && index === nodes.length - 1;
    if (node.t === "strong" || node.t === "em" || node.t === "del") return { ...node, c: linked(node.c, last, false) };
    if (node.t !== "text") return node;
    return addresses(node.v, last).map((part) =>
      typeof part === "string"
        ? { t: "text", v: part }
        : { t: "link", href: part.href, bare: true, c: [{ t: "text", v: part.text }] },
    );
  });
}
