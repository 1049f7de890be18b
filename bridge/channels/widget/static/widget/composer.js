// Where the person writes. Enter sends, Shift+Enter breaks the line; an input method that is composing keeps its Enter.

const NEAR_LIMIT = 0.8;

/** A text takes the direction of its letters; an empty field that of the panel, for the sake of its placeholder. */
function ownDirection(field) {
  field.dir = field.value ? "auto" : "";
}

class Composer {
  /** `on`: {send(text), stop()} */
  constructor(words, on) {
    this.words = words;
    this.on = on;
    this.limit = 4000;
    this.counter = el("p", { class: "counter", id: "bridge-counter", hidden: true });
    this.field = el("textarea", {
      rows: 1,
      enterkeyhint: "send",
      autocomplete: "off",
      "aria-label": words.input,
      "aria-describedby": "bridge-counter",
      placeholder: words.placeholder,
      oninput: () => this.changed(),
      onkeydown: (event) => this.key(event),
    });
    this.stopButton = iconButton("stop", words.stop, () => this.on.stop(), { class: "tool stop", hidden: true });
    this.sendButton = iconButton("send", words.send, null, { type: "submit", class: "tool send", "aria-disabled": "true" });
    this.node = el("form", { class: "composer" }, el("div", { class: "box" }, this.field, this.stopButton, this.sendButton), this.counter);
    this.node.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
  }

  get over() {
    return [...this.field.value.trim()].length - this.limit;
  }

  get sendable() {
    return this.field.value.trim() !== "" && this.over <= 0;
  }

  key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.submit();
  }

  submit() {
    if (!this.sendable) return;
    const text = this.field.value.trim();
    this.write("");
    this.field.focus();
    this.on.send(text);
  }

  write(text) {
    this.field.value = text;
    this.changed();
  }

  changed() {
    const { over, limit } = this;
    ownDirection(this.field);
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight}px`;
    this.sendButton.setAttribute("aria-disabled", String(!this.sendable));
    this.counter.hidden = over < limit * (NEAR_LIMIT - 1);
    this.counter.classList.toggle("over", over > 0);
    this.counter.textContent = fill(over > 0 ? this.words.over : this.words.left, { n: Math.abs(over) });
  }

  /** While an answer is being written the stop button is there; its focus must not get lost with it. */
  writing(isWriting) {
    if (!isWriting && this.stopButton.matches(":focus")) this.field.focus();
    this.stopButton.hidden = !isWriting;
    this.node.classList.toggle("writing", isWriting);
  }
}
