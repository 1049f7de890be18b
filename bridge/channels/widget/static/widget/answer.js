// One answer on the page: what the bot is doing, the text as it grows, then sources, copy and feedback.

const REVEAL_MS = 160;

class AnswerView {
  /** `page`: {hosts, words, language, name, calm, instant(), actions, finished(entry)} */
  constructor(entry, page) {
    this.page = page;
    this.text = "";
    this.drawn = "";
    this.finished = false;
    this.scheduled = false;
    this.body = el("div", { class: "md" });
    this.status = el("div", { class: "status" });
    this.foot = el("div", { class: "foot" });
    this.node = el("div", { class: "turn" }, el("span", { class: "sr" }, `${page.name}: `), this.body, this.status, this.foot);
    this.markdown = new Markdown(this.body, page);
    this.update(entry);
  }

  update(entry) {
    this.entry = entry;
    this.text = entry.text.replace(/\r\n?/g, "\n").replace(/\t/g, "    ");
    if (this.finished) this.reopen();
    this.node.dataset.turn = entry.id;
    this.showStatus();
    this.schedule();
  }

  reopen() {
    this.finished = false;
    this.foot.replaceChildren();
  }

  showStatus() {
    const { outcome, text, label } = this.entry;
    const phase = outcome ? "done" : text ? "live" : "waiting";
    this.node.dataset.phase = this.finished || !text ? phase : "live";
    const shown = !outcome && (label || !text) ? label || this.page.words.thinking : "";
    if (this.status.dataset.label === shown) return;
    this.status.dataset.label = shown;
    const dots = el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
    this.status.replaceChildren(...(shown ? [dots, el("span", { dir: "auto" }, shown)] : []));
  }

  // ---- the text appears at a steady pace, never more than a moment behind what has arrived

  schedule() {
    if (this.scheduled) return;
    this.scheduled = true;
    const before = performance.now();
    const paint = () => {
      this.scheduled = false;
      this.paint(performance.now() - before);
    };
    if (document.hidden) setTimeout(paint, 50);
    else requestAnimationFrame(paint);
  }

  paint(elapsed) {
    if (!this.text.startsWith(this.drawn)) {
      this.drawn = "";
      this.markdown.clear();
    }
    const shown = this.reach(elapsed);
    this.drawn = this.text.slice(0, shown);
    if (shown < this.text.length) {
      this.markdown.grow(this.drawn);
      this.schedule();
    } else if (!this.entry.outcome) {
      this.markdown.grow(this.drawn);
    } else if (!this.finished) {
      this.finish();
    }
    markScrollable(this.body);
  }

  reach(elapsed) {
    const { length } = this.text;
    const behind = length - this.drawn.length;
    if (behind <= 0 || this.page.calm() || this.page.instant() || document.hidden) return length;
    const pace = this.entry.outcome ? REVEAL_MS / 2 : REVEAL_MS;
    let shown = this.drawn.length + Math.ceil(behind * Math.min(1, Math.max(elapsed, 8) / pace));
    while (shown < length && /[\udc00-\udfff\u0300-\u036f\u200d\ufe0f]/.test(this.text[shown])) shown += 1;
    return Math.min(shown, length);
  }

  finish() {
    const { citations } = this.entry;
    this.finished = true;
    this.markdown.finish(this.text, citations.length);
    this.showStatus();
    this.foot.replaceChildren(...[this.note(), this.sources(citations), this.tools()].filter(Boolean));
    this.node.hidden = !this.text.trim() && !this.foot.childElementCount;
    this.page.finished(this.entry);
  }

  // ---- what follows the text

  note() {
    const { outcome, error, id } = this.entry;
    const { words, actions } = this.page;
    if (outcome === "escalated") return el("p", { class: "note" }, icon("person"), words.escalated);
    if (outcome !== "stopped" && outcome !== "failed") return null;
    const retry = el("button", { type: "button", class: "link", onclick: () => actions.retry(id, retry) }, icon("again"), words.retry);
    const text = outcome === "stopped" ? words.stopped : error || words.failed;
    return el("p", { class: `note ${outcome}`, dir: "auto" }, el("span", {}, text), retry);
  }

  sources(citations) {
    if (!citations.length) return null;
    const { words } = this.page;
    const heading = el("p", { class: "label" }, words.sources);
    return el("div", { class: "sources" }, heading, el("ol", {}, ...citations.map((source, i) => this.source(source, i + 1))));
  }

  source({ title, section, url, updated }, n) {
    const { hosts, words, language } = this.page;
    const href = url ? liveUrl(url, hosts) : null;
    const name = title || hostOf(url || "") || fill(words.source, { n });
    const label = href ? outsideLink(href, [el("bdi", {}, name), ...newTab(words)]) : el("bdi", {}, name);
    const date = updated ? fill(words.updated, { date: shortDate(updated, language) }) : null;
    const place = section && section !== title ? section.replaceAll(" > ", " › ") : null;
    const detail = [place ? el("bdi", {}, place) : null, place && date ? " · " : null, date];
    return el(
      "li",
      { "data-source": n, tabindex: "-1" },
      el("span", { class: "number", "aria-hidden": "true" }, String(n)),
      el("div", {}, label, place || date ? el("small", {}, ...detail) : null),
    );
  }

  tools() {
    const { outcome, id } = this.entry;
    if (!this.text.trim() || outcome === "relayed") return null;
    const { words, actions } = this.page;
    const copy = iconButton("copy", words.copy, () => actions.copy(withoutMarks(this.entry.text), copy));
    const bar = el("div", { class: "tools" }, copy);
    if (outcome === "failed") return bar;
    const press = (rating) => {
      up.setAttribute("aria-pressed", String(rating === "up"));
      down.setAttribute("aria-pressed", String(rating === "down"));
    };
    const rate = async (rating) => {
      const before = actions.rating(id);
      press(rating);
      this.node.querySelector(".comment")?.remove();
      if (rating === "down") this.askWhy(down);
      if (rating !== before && !(await actions.rate(id, rating))) press(before);
    };
    const up = iconButton("up", words.good, () => rate("up"));
    const down = iconButton("worse", words.bad, () => rate("down"));
    press(actions.rating(id));
    bar.append(up, down);
    return bar;
  }

  askWhy(button) {
    const { words, actions } = this.page;
    const field = el("textarea", { rows: 2, maxlength: 1000, oninput: () => ownDirection(field), "aria-label": words.comment, placeholder: words.comment });
    const form = el(
      "form",
      { class: "comment" },
      field,
      el("div", {}, el("button", { type: "submit", class: "small main" }, words.commentSend), el("button", { type: "button", class: "small", onclick: () => leave() }, words.cancel)),
    );
    const leave = () => {
      form.remove();
      button.focus();
    };
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const comment = field.value.trim();
      if (comment && !(await actions.rate(this.entry.id, "down", comment))) return;
      leave();
      if (comment) this.foot.append(el("p", { class: "note" }, icon("check"), words.thanks));
    });
    this.foot.append(form);
    field.focus();
  }

  showSource(n) {
    const source = this.foot.querySelector(`[data-source="${Number(n)}"]`);
    if (!source) return;
    source.focus({ preventScroll: true });
    source.scrollIntoView({ block: "nearest" });
  }
}

/** That a link leaves the page, seen and heard. */
function newTab(words) {
  return [icon("out"), el("span", { class: "sr" }, ` (${words.newTab})`)];
}

/** What scrolls sideways must be reachable with the keyboard. */
function markScrollable(body) {
  for (const node of body.querySelectorAll(".table, pre")) {
    const scrolls = node.scrollWidth > node.clientWidth;
    if (scrolls !== node.hasAttribute("tabindex")) node.toggleAttribute("tabindex", scrolls);
    if (scrolls) node.setAttribute("tabindex", "0");
  }
}

function withoutMarks(text) {
  return text.replace(/ ?\[\d{1,3}(?:, ?\d{1,3})*\](?!\()/g, "");
}

function shortDate(value, language) {
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) return value;
  return new Intl.DateTimeFormat([language, "en"], { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).format(date);
}
