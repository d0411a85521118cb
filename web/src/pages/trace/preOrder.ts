/** Turns rows with parents into a tree in pre-order, without recursion: traces may be as deep as they are long. */

export interface PreOrder {
  /** The row at each index of the pre-order. */
  order: Int32Array;
  /** The index of each row. */
  place: Int32Array;
  /** By index: the index of the parent, -1 at the top. */
  parent: Int32Array;
  depth: Int32Array;
  /** By index: one past the last event below. */
  end: Int32Array;
}

/** `parents` names the row of each row's parent, -1 at the top; siblings keep the order of their rows. No cycles. */
export function preOrder(parents: readonly number[]): PreOrder {
  const size = parents.length;
  const { first, next } = siblings(parents);
  const tree: PreOrder = {
    order: new Int32Array(size),
    place: new Int32Array(size),
    parent: new Int32Array(size),
    depth: new Int32Array(size),
    end: new Int32Array(size),
  };
  let at = 0;
  let row = first[size] as number;
  while (row >= 0) {
    const above = parents[row] as number;
    const aboveAt = above < 0 ? -1 : (tree.place[above] as number);
    tree.order[at] = row;
    tree.place[row] = at;
    tree.parent[at] = aboveAt;
    tree.depth[at] = aboveAt < 0 ? 0 : (tree.depth[aboveAt] as number) + 1;
    at++;
    if ((first[row] as number) >= 0) {
      row = first[row] as number;
      continue;
    }
    // Up to the nearest event that has a sibling still to come.
    while (row >= 0) {
      tree.end[tree.place[row] as number] = at;
      if ((next[row] as number) >= 0) break;
      row = parents[row] as number;
    }
    row = row < 0 ? -1 : (next[row] as number);
  }
  return tree;
}

/** Returns for each row its first child and its next sibling, -1 for none; the first of the top is the last entry. */
function siblings(parents: readonly number[]): { first: Int32Array; next: Int32Array } {
  const size = parents.length;
  const first = new Int32Array(size + 1).fill(-1);
  const next = new Int32Array(size).fill(-1);
  for (let row = size - 1; row >= 0; row--) {
    const above = parents[row] as number;
    const place = above < 0 ? size : above;
    next[row] = first[place] as number;
    first[place] = row;
  }
  return { first, next };
}
