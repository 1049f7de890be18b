// One answer's Markdown on the page: plain nodes -> DOM nodes, and only the end of a growing text is drawn again.

const NESTING_MAX = 24;

class Markdown {
  /** `page`: {hosts: Set, words}; `sources` is null as long as they are not known. */
  constructor(root, page) {
    this.root = root;
    this.page = page;
    this.clear();
  }

  clear() {
    this.keptNodes = 0;
    this.keptChars = 0;
    this.root.replaceChildren();
  }

  /** Draws a text that may still grow. It must begin with the text drawn before, else clear() first. */
  grow(text) {
    const nodes = parseMarkdown(text.slice(this.keptChars), true);
    morphChildren(this.root, this.build(nodes, null), this.keptNodes);
    if (nodes.length > 2) {
      this.keptNodes += nodes.length - 2;
      this.keptChars += nodes[nodes.length - 2].at;
    }
  }

  /** Draws the whole, final text. `sources` is the number of sources that [n] may point to. */
  finish(text, sources) {
    morphChildren(this.root, this.build(parseMarkdown(text), sources));
  }

  /** Each outermost block finds its own direction; what is inside follows it. */
  build(nodes, sources, auto = { dir: "auto" }) {
    const fragment = document.createDocumentFragment();
    fragment.append(...nodes.map((node) => this.block(node, sources, auto)));
    return fragment;
  }

  block(node, sources, auto = {}) {
    const inline = (list) => this.inline(list, sources, 0);
    switch (node.t) {
      case "heading":
        return el("p", { ...auto, class: `heading h${node.level}`, role: "heading", "aria-level": 3 }, ...inline(node.c));
      case "rule":
        return el("hr");
      case "quote":
        return el("blockquote", auto, this.build(node.c, sources, {}));
      case "fence":
        return el(
          "div",
          { class: "code", dir: "ltr" },
          el("div", { class: "code-head" }, el("span", {}, node.lang === "text" ? "" : node.lang), this.copyButton()),
          el("pre", {}, el("code", {}, node.v)),
        );
      case "list":
        return el(
          node.ordered ? "ol" : "ul",
          { ...auto, class: node.loose ? "loose" : null, start: node.ordered && node.start !== 1 ? node.start : null },
          ...node.c.map((item) => this.item(item, sources)),
        );
      case "table":
        return this.table(node, inline, auto);
      default:
        return el("p", auto, ...inline(node.c));
    }
  }

  item(blocks, sources) {
    const children = blocks.map((block) =>
      block.t === "paragraph" ? el("div", {}, ...this.inline(block.c, sources, 0)) : this.block(block, sources),
    );
    return el("li", {}, ...children);
  }

  table(node, inline, auto) {
    const row = (tag, list) =>
      el(
        "tr",
        {},
        ...node.head.map((_, i) =>
          el(tag, { scope: tag === "th" ? "col" : null, class: node.align[i] || null }, ...inline(list[i] || [])),
        ),
      );
    return el(
      "div",
      { ...auto, class: "table", role: "group", "aria-label": this.page.words.table },
      el("table", {}, el("thead", {}, row("th", node.head)), el("tbody", {}, ...node.rows.map((list) => row("td", list)))),
    );
  }

  copyButton() {
    const label = this.page.words.copyCode;
    return el("button", { type: "button", class: "tool", "data-copy-code": true, "aria-label": label, title: label }, icon("copy"));
  }

  inline(nodes, sources, depth) {
    if (depth > NESTING_MAX) return [plainText(nodes)];
    return nodes.flatMap((node) => {
      const inside = () => this.inline(node.c, sources, depth + 1);
      switch (node.t) {
        case "br":
          return el("br");
        case "code":
          return el("code", { dir: "ltr" }, node.v);
        case "strong":
        case "em":
        case "del":
          return el(node.t, {}, ...inside());
        case "link":
          return this.link(node, inside());
        case "image":
          return this.withHost(node, [node.v || this.page.words.image]);
        case "cite":
          return this.cite(node.n, sources);
        default:
          return node.v;
      }
    });
  }

  link(node, children) {
    const href = liveUrl(node.href, this.page.hosts);
    if (href) return outsideLink(href, children);
    return node.bare ? children : this.withHost(node, children);
  }

  /** What must not be live says where it would have led. */
  withHost(node, children) {
    const host = hostOf(node.href);
    return host ? [...children, ` (${host})`] : children;
  }

  cite(n, sources) {
    if (sources !== null && (n < 1 || n > sources)) return ` [${n}]`;
    const label = fill(this.page.words.source, { n });
    const mark = sources === null ? el("span", { class: "cite" }, String(n)) : el("button", { type: "button", class: "cite", "data-cite": n, "aria-label": label }, String(n));
    return el("sup", {}, mark);
  }
}

function outsideLink(href, children) {
  return el("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, ...children);
}

/** Inline nodes as a person would read them aloud. */
function plainText(nodes) {
  return nodes.map((node) => node.v ?? (node.c ? plainText(node.c) : node.t === "br" ? "\n" : "")).join("");
}

/** A whole answer as a person would read it aloud: no syntax, no source marks. */
function spokenText(text) {
  const spoken = (node) => {
    if (node.t === "list") return node.c.map((item) => item.map(spoken).join("\n")).join("\n");
    if (node.t === "table") return [node.head, ...node.rows].map((row) => row.map(plainText).join(", ")).join("\n");
    if (node.t === "quote") return node.c.map(spoken).join("\n");
    return node.v ?? plainText(node.c || []);
  };
  return parseMarkdown(text).map(spoken).join("\n").replace(/ +([.,;:!?])/g, "$1");
}

/** Person-written text: no Markdown, but addresses of ours become links. */
function plainLinked(text, hosts) {
  return addresses(text, false).map((part) => {
    const href = typeof part === "string" ? null : liveUrl(part.href, hosts);
    return href ? outsideLink(href, [part.text]) : part.text ?? part;
  });
}
