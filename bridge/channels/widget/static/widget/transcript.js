// What has been said, in order. Folds the server's events and the person's own sending into one list of entries:
//
//   {kind: "question", id, text, state: "queued"|"sending"|"sent"|"failed", why, floating}
//   {kind: "turn", id, questions, label, text, citations, outcome, error, pending}
//   {kind: "message", id, author, name, text, files, rating}
//
// Knows no DOM. `changed(entry, index)` is called with the entry and its place, or -1 once it is gone.

class Transcript {
  constructor(changed) {
    this.changed = changed;
    this.entries = [];
    this.replaced = new Set();
  }

  clear() {
    for (const entry of this.entries.splice(0)) this.changed(entry, -1);
    this.replaced.clear();
  }

  find(kind, id) {
    return this.entries.find((entry) => entry.kind === kind && entry.id === id);
  }

  get active() {
    return this.entries.find((entry) => entry.kind === "turn" && !entry.outcome);
  }

  // ---- the person

  /** `floating`: its place is after everything that the server still has to tell of the past. */
  ask(id, text, state = "queued", floating = false) {
    if (!this.find("question", id)) this.insert({ kind: "question", id, text, state, floating }, this.entries.length);
  }

  settle() {
    for (const entry of this.entries) entry.floating = false;
  }

  mark(id, state, why) {
    const question = this.find("question", id);
    if (question && !(question.state === "sent" && state !== "failed")) this.update(question, { state, why });
  }

  remove(entry) {
    const index = this.entries.indexOf(entry);
    if (index < 0) return;
    this.entries.splice(index, 1);
    this.changed(entry, -1);
  }

  /** The server has promised an answer: show that something is on its way, until the first event says more. */
  expect(turnId, questionId) {
    const at = this.entries.findIndex((entry) => entry.kind === "question" && entry.id === questionId);
    const relayed = this.entries.slice(0, at).findLast((entry) => entry.kind !== "question");
    if (this.find("turn", turnId) || this.replaced.has(turnId) || (relayed && relayed.author === "person")) return;
    this.insert({ ...newTurn(turnId), questions: [questionId], pending: true }, at + 1);
  }

  giveUp(turnId) {
    const turn = this.find("turn", turnId);
    if (turn && turn.pending) this.remove(turn);
  }

  /** The answer `newId` takes the place of the answer `oldId`. */
  replace(oldId, newId) {
    if (oldId === newId || this.replaced.has(oldId)) return;
    const old = this.find("turn", oldId);
    if (!old) return;
    this.replaced.add(oldId);
    const index = this.entries.indexOf(old);
    const known = this.find("turn", newId);
    this.remove(old);
    if (known) this.remove(known);
    this.insert({ ...(known || newTurn(newId)), questions: old.questions }, index);
  }

  // ---- the server

  apply(type, data, eventId) {
    if (type === "message") {
      this.message(data, String(data.id ?? eventId));
      return;
    }
    if (!["status", "delta", "reset", "done", "error"].includes(type) || this.replaced.has(data.turn_id)) return;
    const turn = this.turn(data);
    switch (type) {
      case "status":
        this.update(turn, { label: data.label || "", pending: false });
        break;
      case "delta":
        if (!turn.outcome) this.update(turn, { text: turn.text + data.text, label: "", pending: false });
        break;
      case "reset":
        this.update(turn, { text: "", outcome: null, error: null, pending: false });
        break;
      case "done": {
        const { text, citations = [], outcome } = data;
        this.update(turn, { text, citations, outcome: outcome || "answered", label: "", pending: false });
        break;
      }
      case "error":
        this.update(turn, { error: data.text, outcome: turn.outcome || "failed", label: "", pending: false });
        break;
    }
  }

  /** The same id again is a changed message; nothing in it, and it is taken back. */
  message({ author, name, text = "", files = [], rating }, id) {
    for (const turn of this.entries.filter((entry) => entry.pending)) this.remove(turn);
    const known = this.find("message", id);
    if (!text && !files.length) known && this.remove(known);
    else if (known) this.update(known, { text, files });
    else this.insert({ kind: "message", id, author, name, text, files, rating }, this.end());
  }

  turn(data) {
    const asked = (data.questions || []).map((question) => question.client_msg_id);
    for (const { client_msg_id: id, text } of data.questions || []) {
      const known = this.find("question", id);
      if (known && known.floating) this.remove(known);
      if (known && !known.floating) this.mark(id, "sent");
      else this.insert({ kind: "question", id, text, state: "sent" }, this.end());
    }
    const earlier = this.entries.find(
      (entry) => entry.kind === "turn" && entry.id !== data.turn_id && asked.some((id) => entry.questions.includes(id)),
    );
    if (earlier || data.retry_of) this.replace(earlier ? earlier.id : data.retry_of, data.turn_id);
    const known = this.find("turn", data.turn_id);
    const last = this.entries.findLastIndex((entry) => entry.kind === "question" && asked.includes(entry.id));
    if (known && asked.length) known.questions = asked;
    if (known && last < this.entries.indexOf(known)) return known;
    if (known) this.remove(known);
    const place = last < 0 ? this.end() : last + (known ? 0 : 1);
    return this.insert(known || { ...newTurn(data.turn_id), questions: asked }, place);
  }

  /** Where the next thing from the server belongs: before what is still waiting to be sent. */
  end() {
    return this.entries.findLastIndex((entry) => entry.kind !== "question" || (entry.state === "sent" && !entry.floating)) + 1;
  }

  insert(entry, index) {
    this.entries.splice(index, 0, entry);
    this.changed(entry, index);
    return entry;
  }

  update(entry, change) {
    Object.assign(entry, change);
    this.changed(entry, this.entries.indexOf(entry));
  }
}

function newTurn(id) {
  return { kind: "turn", id, questions: [], label: "", text: "", citations: [], outcome: null, error: null, pending: false };
}
