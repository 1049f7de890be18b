// Markdown's blocks: text -> a list of plain nodes. No DOM here, and nothing that looks at text which is not there yet.
//
// `open` means that more text may follow: lines whose kind is not yet clear are held back (see UNDECIDED), half tables
// too, and the last paragraph is parsed as open text (see inline.js).

const DEPTH_MAX = 8;
const FENCE = /^ {0,3}(`{3,}|~{3,})([^`]*)$/;
const HEADING = /^ {0,3}(#{1,6})(?: +(.*?))?(?: +#+)? *$/;
const RULE = /^ {0,3}([-*_])(?: *\1){2,} *$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( {0,3})([-*+]|(\d{1,9})[.)])( +|$)(.*)$/;
const ROW = /^ {0,3}\|/;
const TABLE_RULE = /^ {0,3}\|(?: *:?-+:? *\|)* *:?-+:? *\|? *$/;
const TABLE_RULE_BEGUN = /^ *(?:\|[ :|-]*)?$/;
const UNDECIDED = /^ *(?:#{1,6} *|[-+*] *|[-*_ ]+|\d{1,9}[.)]? *|>[> ]*|`{1,2}|`{3,}[^`]*|~{1,2}|~{3,}[^`]*|\|.*)$/;

/** Nodes carry `at`, the offset of their first line in `text`. */
function parseMarkdown(text, open = false) {
  const lines = text.split("\n");
  const offsets = [];
  let offset = 0;
  for (const line of lines) {
    offsets.push(offset);
    offset += line.length + 1;
  }
  const nodes = parseBlocks(lines, open, open, 0);
  for (const node of nodes) node.at = offsets[node.line];
  return nodes;
}

/** `ragged`: the last line is not finished. */
function parseBlocks(lines, open, ragged, depth) {
  if (ragged && !lines[lines.length - 1].trim()) {
    lines = lines.slice(0, -1);
    ragged = false;
  }
  const end = lines.length;
  const nodes = [];
  const undecided = (i) => ragged && i === end - 1 && UNDECIDED.test(lines[i]);
  const reaches = (to) => open && (to >= end || undecided(to) || tableMayBegin(to));
  let i = 0;

  while (i < end) {
    const line = lines[i];
    const start = i;
    let match;
    if (!line.trim()) {
      i += 1;
    } else if (undecided(i)) {
      break;
    } else if ((match = FENCE.exec(line))) {
      const fence = fencedCode(match);
      if (fence.v || !reaches(i)) nodes.push({ ...fence, line: start });
    } else if ((match = HEADING.exec(line))) {
      i += 1;
      const c = parseInline(match[2] || "", reaches(i) && ragged);
      if (c.length) nodes.push({ t: "heading", level: match[1].length, c, line: start });
    } else if (RULE.test(line)) {
      i += 1;
      nodes.push({ t: "rule", line: start });
    } else if (QUOTE.test(line) && depth < DEPTH_MAX) {
      const inside = [];
      while (i < end && QUOTE.test(lines[i])) inside.push(lines[i++].replace(QUOTE, ""));
      const c = parseBlocks(inside, reaches(i), ragged && i >= end, depth + 1);
      if (c.length) nodes.push({ t: "quote", c, line: start });
    } else if (ITEM.test(line) && depth < DEPTH_MAX) {
      const list = listAt();
      if (list.c.length) nodes.push({ ...list, line: start });
    } else if (tableAt(i)) {
      nodes.push({ ...table(), line: start });
    } else if (tableMayBegin(i)) {
      break;
    } else {
      const inside = [line];
      i += 1;
      while (i < end && !interrupts(i)) inside.push(lines[i++]);
      const c = parseInline(inside.map((part) => part.trim()).join("\n"), reaches(i));
      if (c.length) nodes.push({ t: "paragraph", c, line: start });
    }
  }
  return nodes;

  function interrupts(k) {
    const line = lines[k];
    const item = ITEM.exec(line);
    return (
      !line.trim() ||
      undecided(k) ||
      FENCE.test(line) ||
      HEADING.test(line) ||
      RULE.test(line) ||
      QUOTE.test(line) ||
      (item && item[5] && (!item[3] || item[3] === "1")) ||
      tableAt(k) ||
      tableMayBegin(k)
    );
  }

  function fencedCode(match) {
    const [, mark, info] = match;
    const indent = /^ */.exec(lines[i])[0].length;
    const inside = [];
    const closes = (line) => new RegExp(`^ {0,3}[${mark[0]}]{${mark.length},} *$`).test(line);
    i += 1;
    while (i < end && !closes(lines[i])) {
      const closing = ragged && i === end - 1 && new RegExp(`^ {0,3}[${mark[0]}]+ *$`).test(lines[i]);
      if (!closing) inside.push(lines[i].replace(new RegExp(`^ {0,${indent}}`), ""));
      i += 1;
    }
    if (i < end) i += 1;
    return { t: "fence", lang: info.trim().split(/\s+/)[0], v: inside.join("\n") };
  }

  function listAt() {
    const first = ITEM.exec(lines[i]);
    const kind = (match) => (match[3] ? match[2].slice(-1) : match[2]);
    const items = [];
    let loose = false;
    while (i < end && !undecided(i) && !RULE.test(lines[i])) {
      const match = ITEM.exec(lines[i]);
      if (!match || kind(match) !== kind(first)) break;
      const lead = match[1].length + match[2].length;
      const indent = lead + (!match[5] || match[4].length > 4 ? 1 : match[4].length);
      const inside = [lines[i].slice(Math.min(indent, lines[i].length))];
      i += 1;
      loose = gather(inside, match[1].length, indent) || loose;
      const c = parseBlocks(inside, reaches(i), ragged && i >= end, depth + 1);
      if (c.length || !reaches(i)) items.push(c);
      const next = nextFilled(i);
      if (next > i && next < end && ITEM.test(lines[next])) {
        loose = loose || kind(ITEM.exec(lines[next])) === kind(first);
        i = next;
      }
    }
    return { t: "list", ordered: Boolean(first[3]), start: Number(first[3] || 1), loose, c: items };
  }

  /** Takes the further lines of an item; answers whether a blank line separates its blocks. */
  function gather(inside, outer, indent) {
    let loose = false;
    while (i < end) {
      const line = lines[i];
      const lead = /^ */.exec(line)[0].length;
      if (!line.trim()) {
        const next = nextFilled(i);
        const ahead = next < end ? /^ */.exec(lines[next])[0].length : 0;
        if (next >= end || ahead < indent) break;
        while (i < next) inside.push(lines[i++]) && (loose = true);
      } else if (lead >= indent || (lead >= outer + 2 && ITEM.test(line.slice(outer + 2)))) {
        inside.push(line.slice(Math.min(lead, indent)));
        i += 1;
      } else if (interrupts(i) || ITEM.test(line)) {
        break;
      } else {
        inside.push(line.trim());
        i += 1;
      }
    }
    return loose;
  }

  function nextFilled(from) {
    let next = from;
    while (next < end && !lines[next].trim()) next += 1;
    return next;
  }

  function tableAt(k) {
    return (
      ROW.test(lines[k]) &&
      k + 1 < end &&
      !undecided(k + 1) &&
      TABLE_RULE.test(lines[k + 1]) &&
      cells(lines[k]).length === cells(lines[k + 1]).length
    );
  }

  function tableMayBegin(k) {
    if (!open || !ROW.test(lines[k])) return false;
    return k + 1 >= end || (k + 2 >= end && ragged && TABLE_RULE_BEGUN.test(lines[k + 1]));
  }

  function table() {
    const head = cells(lines[i]);
    const align = cells(lines[i + 1]).map((cell) => (cell.endsWith(":") ? (cell[0] === ":" ? "center" : "end") : ""));
    const rows = [];
    i += 2;
    while (i < end && ROW.test(lines[i]) && !undecided(i)) rows.push(cells(lines[i++]).slice(0, head.length));
    return { t: "table", align, head: head.map((cell) => parseInline(cell)), rows: rows.map((row) => row.map((cell) => parseInline(cell))) };
  }
}

/** The cells of a table row; a pipe in a code span or after a backslash does not part cells. */
function cells(line) {
  const out = [];
  let cell = "";
  const text = line.trim().replace(/^\|/, "");
  for (let i = 0; i < text.length; i += 1) {
    if (text[i] === "\\" && text[i + 1] === "|") {
      cell += "|";
      i += 1;
    } else if (text[i] === "`") {
      const length = runAt(text, i);
      const end = codeEnd(text, i + length, length);
      const to = end > 0 ? end : i + length;
      cell += text.slice(i, to);
      i = to - 1;
    } else if (text[i] === "|") {
      out.push(cell.trim());
      cell = "";
    } else {
      cell += text[i];
    }
  }
  if (cell.trim()) out.push(cell.trim());
  return out;
}
