/** Decides what an address in a text is good for: only the web and embedded pixels, never a script. */

export type Place =
  | { kind: "web"; href: string; host: string }
  | { kind: "embedded"; href: string }
  | { kind: "none" };

// Pictures made of pixels; SVG is a document with a language of its own.
const EMBEDDED = /^data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]+$/;
// A longer one would take the page's memory, and no picture in a prompt is as large.
const MAX_EMBEDDED_CHARS = 8_000_000;

export function readAddress(address: string): Place {
  if (address.length <= MAX_EMBEDDED_CHARS && EMBEDDED.test(address))
    return { kind: "embedded", href: address };
  let url: URL;
  try {
    // Without a base: what is relative would lead into this app.
    url = new URL(address);
  } catch {
    return { kind: "none" };
  }
  const isWeb = (url.protocol === "https:" || url.protocol === "http:") && url.host !== "";
  return isWeb ? { kind: "web", href: url.href, host: url.host } : { kind: "none" };
}
