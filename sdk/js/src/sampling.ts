/** Decides by the id of a trace whether it is sent, alike in every process and language; see `sdk/vectors/README.md`. */

const encoder = new TextEncoder();

/** Return the hash of an id as a whole number below 2^32. */
export function hashOf(id: string): number {
  let hash = 0x811c9dc5;
  for (const byte of encoder.encode(id)) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Return whether the events of an id are sent at `rate`, from 0 to 1. */
export function isKept(id: string, rate: number): boolean {
  return rate >= 1 || hashOf(id) < Math.floor(rate * 2 ** 32);
}
