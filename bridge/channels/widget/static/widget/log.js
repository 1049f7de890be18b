// The list of what has been said, and the scrolling: it follows the newest line only while the reader is at the end.

const NEAR_END_PX = 48;

class Log {
  constructor(page) {
    this.page = page;
    this.views = new Map();
    this.following = true;
    this.entries = el("div", { class: "entries" });
    this.welcome = el("div", { class: "welcome" });
    this.content = el("div", { class: "content" }, this.welcome, this.entries);
    this.node = el("div", { class: "log", role: "log", "aria-live": "off", "aria-label": page.words.conversation, tabindex: "0" }, this.content);
    this.jump = el("button", { type: "button", class: "jump", hidden: true, onclick: () => this.toEnd() }, icon("down"), el("span", {}, page.words.jump));
    this.node.addEventListener("scroll", () => this.follow(this.distance() < NEAR_END_PX), { passive: true });
    this.node.addEventListener("click", (event) => this.clicked(event));
    this.resized = new ResizeObserver(() => {
      if (this.following) this.node.scrollTop = this.node.scrollHeight;
      else this.follow(this.distance() < NEAR_END_PX);
    });
    this.resized.observe(this.content);
    this.resized.observe(this.node);
  }

  distance() {
    return this.node.scrollHeight - this.node.scrollTop - this.node.clientHeight;
  }

  follow(following) {
    this.following = following;
    this.jump.hidden = following;
  }

  toEnd() {
    const focused = this.jump.matches(":focus");
    this.follow(true);
    this.node.scrollTop = this.node.scrollHeight;
    if (focused) this.node.focus();
  }

  /** Puts an entry of the transcript at its place, or takes it away (index -1). */
  show(entry, index) {
    let view = this.views.get(entry);
    if (index < 0) {
      this.views.delete(entry);
      if (view) view.node.remove();
    } else if (view) {
      view.update(entry);
    } else {
      view = this.viewOf(entry);
      this.views.set(entry, view);
      this.entries.insertBefore(view.node, this.entries.children[index] || null);
    }
    this.welcome.hidden = this.entries.childElementCount > 0;
  }

  viewOf(entry) {
    if (entry.kind === "turn") return new AnswerView(entry, this.page);
    return entry.kind === "question" ? new QuestionView(entry, this.page) : new MessageView(entry, this.page);
  }

  greet(greeting, suggestions) {
    const { words, actions } = this.page;
    const buttons = suggestions.map((text) =>
      el("li", {}, el("button", { type: "button", dir: "auto", onclick: () => actions.ask(text) }, el("span", {}, text), icon("ask"))),
    );
    this.welcome.replaceChildren(
      el("p", { class: "greeting", dir: "auto" }, greeting),
      buttons.length ? el("ul", { class: "suggestions", "aria-label": words.suggestions }, ...buttons) : "",
    );
  }

  clicked(event) {
    const cite = event.target.closest("[data-cite]");
    const code = event.target.closest("[data-copy-code]");
    if (code) this.page.actions.copy(code.closest(".code").querySelector("code").textContent, code);
    if (!cite) return;
    for (const view of this.views.values()) {
      if (view.node.contains(cite)) view.showSource(cite.dataset.cite);
    }
  }
}

class QuestionView {
  constructor(entry, page) {
    this.page = page;
    this.state = el("div", { class: "state" });
    this.node = el(
      "div",
      { class: "question" },
      el("span", { class: "sr" }, `${page.words.you}: `),
      el("p", { dir: "auto" }, entry.text),
      this.state,
    );
    this.update(entry);
  }

  update(entry) {
    const { words, actions } = this.page;
    const { state, why } = entry;
    this.node.dataset.state = state;
    this.node.dataset.question = entry.id;
    if (state === "failed") {
      const edit = el("button", { type: "button", class: "link", onclick: () => actions.edit(entry) }, words.edit);
      this.state.replaceChildren(el("span", {}, words[why] || words.refused), edit);
    } else {
      this.state.replaceChildren(state === "sent" ? "" : words[state]);
    }
  }
}

class MessageView {
  constructor(entry, page) {
    this.page = page;
    const { author, name } = entry;
    this.body = el("div", { class: "md" });
    this.files = el("div", { class: "files" });
    const who = author === "person" && el("p", { class: "who", dir: "auto" }, icon("person"), name || page.words.person);
    this.node = el("div", { class: `message ${author}` }, who, this.body, this.files);
    if (entry.rating) this.node.append(this.stars());
    this.update(entry);
  }

  /** Only while nothing follows; the answer is a message like any other. */
  stars() {
    const { words, actions } = this.page;
    const star = (n) => el("button", { type: "button", class: "small", onclick: () => actions.ask(n) }, n);
    return el("div", { class: "rate", role: "group", "aria-label": words.rate }, ...[..."12345"].map(star));
  }

  update({ author, text, files }) {
    const { page } = this;
    const ours = author === "system";
    this.body.replaceChildren(...(ours && text ? [el("p", { dir: "auto" }, ...plainLinked(text, page.hosts))] : []));
    if (!ours) new Markdown(this.body, page).finish(text, 0);
    this.files.replaceChildren(...files.map((file) => this.file(file)));
  }

  /** A host page's policy may forbid pictures from elsewhere: then the name is there. */
  file({ name, path, picture }) {
    const src = `${this.page.origin}/widget/files/${path}`;
    const shown = picture ? el("img", { src, alt: name, onerror: () => shown.replaceWith(name) }) : name;
    return outsideLink(src, [shown, ...newTab(this.page.words)]);
  }
}
