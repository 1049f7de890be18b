// What the widget keeps in the browser: JSON values under one prefix in localStorage. Where storage is refused (private
// mode, blocked, full) the values live in memory until the page goes away.

class Shelf {
  constructor(prefix) {
    this.prefix = prefix;
    this.memory = new Map();
  }

  get(key) {
    if (this.memory.has(key)) return this.memory.get(key);
    try {
      return JSON.parse(localStorage.getItem(this.prefix + key));
    } catch {
      return null;
    }
  }

  set(key, value) {
    try {
      localStorage.setItem(this.prefix + key, JSON.stringify(value));
      this.memory.delete(key);
    } catch {
      this.memory.set(key, value);
    }
  }

  remove(key) {
    this.memory.delete(key);
    try {
      localStorage.removeItem(this.prefix + key);
    } catch {
      // Nothing was kept there.
    }
  }

  /** Calls `change(key, value)` when another tab of this site has written. */
  watch(change) {
    const listener = (event) => {
      if (event.key && event.key.startsWith(this.prefix)) {
        const key = event.key.slice(this.prefix.length);
        change(key, this.get(key));
      }
    };
    window.addEventListener("storage", listener);
    return () => window.removeEventListener("storage", listener);
  }
}

/** Unguessable and unique, also on plain-http pages where crypto.randomUUID is missing. */
function freshId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
