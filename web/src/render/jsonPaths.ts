/** Finds where in a JSON value a text stands, as paths of keys. */

// More would not be looked at one by one, and each opens what is above it.
const MAX_MATCHES = 1_000;

export interface Found {
  /** Paths of the values or keys that have the text. */
  matches: ReadonlySet<string>;
  /** Paths of everything above a match. */
  above: ReadonlySet<string>;
  isCut: boolean;
}

/** Returns the path of a key below another path. */
export function below(path: string, key: string): string {
  return `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** Looks at keys and at values as they are written, without regard to case. */
export function findPaths(value: unknown, text: string): Found {
  const wanted = text.toLowerCase();
  const matches = new Set<string>();
  const above = new Set<string>();
  // A list instead of recursion: values may be nested deeper than the stack.
  const waiting: [unknown, string, string | null][] = [[value, "", null]];
  while (waiting.length && matches.size < MAX_MATCHES) {
    const [inner, path, key] = waiting.pop() as [unknown, string, string | null];
    const isTree = typeof inner === "object" && inner !== null;
    if (key?.toLowerCase().includes(wanted) || (!isTree && String(inner).toLowerCase().includes(wanted))) {
      matches.add(path);
      addAbove(path, above);
    }
    if (!isTree) continue;
    const isList = Array.isArray(inner);
    const entries = Object.entries(inner).reverse();
    for (const [name, child] of entries) waiting.push([child, below(path, name), isList ? null : name]);
  }
  return { matches, above, isCut: waiting.length > 0 };
}

function addAbove(path: string, above: Set<string>): void {
  for (let cut = path.lastIndexOf("/"); cut >= 0; cut = path.lastIndexOf("/", cut - 1)) {
    const parent = path.slice(0, cut);
    if (above.has(parent)) return;
    above.add(parent);
    if (cut === 0) return;
  }
}
