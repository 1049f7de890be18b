// Which addresses may become a live link. Everything else is shown as text with its real host.

/** The address to put into `href`, or null when it must not be live. */
function liveUrl(raw, hosts) {
  const url = parsedUrl(raw);
  if (!url) return null;
  if (url.protocol === "https:") {
    return hosts.has(url.host) && !url.username && !url.password ? url.href : null;
  }
  if (url.protocol === "mailto:") {
    const address = /^[\w.+-]+@([\w.-]+)$/.exec(url.pathname);
    return address && hosts.has(address[1].toLowerCase()) ? `mailto:${url.pathname}` : null;
  }
  return null;
}

/** The host a reader would end up on; empty when the address has none (javascript:, data:, relative). */
function hostOf(raw) {
  const url = parsedUrl(raw);
  if (!url) return "";
  return url.protocol === "mailto:" ? url.pathname : url.host;
}

function parsedUrl(raw) {
  try {
    return new URL(raw);
  } catch {
    return null;
  }
}

const BARE = /https?:\/\/[^\s<>"'`]+|(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+/gi;

/** Finds bare addresses in plain text: a list of strings and {href, text}. */
function addresses(text, open) {
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(BARE)) {
    const address = withoutTrailingPunctuation(found[0]);
    const end = found.index + address.length;
    const unfinished = open && found.index + found[0].length === text.length;
    if (unfinished || /\w/.test(text[found.index - 1] || "")) continue;
    if (found.index > from) parts.push(text.slice(from, found.index));
    parts.push({ href: address.includes("://") ? address : `mailto:${address}`, text: address });
    from = end;
  }
  if (from < text.length) parts.push(text.slice(from));
  return parts;
}

function withoutTrailingPunctuation(address) {
  let end = address.length;
  for (;;) {
    const last = address[end - 1];
    const unbalanced = last === ")" && !address.slice(0, end).includes("(");
    if (!unbalanced && !/[.,;:!?*_~\]}]/.test(last)) return address.slice(0, end);
    end -= 1;
  }
}
