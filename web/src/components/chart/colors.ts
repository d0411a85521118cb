/** Which colour of the tokens a series has. */

const COLORS = [1, 2, 3, 4, 5, 6, 7, 8].map((number) => `var(--series-${number})`);

/** The key under which the server sums the keys beyond its limit. */
export const REST_KEY = "…other";

export const REST_COLOR = "var(--series-rest)";
export const ERROR_COLOR = "var(--error)";

/**
 * Returns what gives each key a colour, in the order in which keys are asked for: the same in every chart of a page.
 * What has no key, and the rest, are grey.
 */
export function newColors(): (key: string | null) => string {
  const places = new Map<string, number>();
  return (key) => {
    if (key === null || key === REST_KEY) return REST_COLOR;
    const place = places.get(key) ?? places.size;
    places.set(key, place);
    return COLORS[place % COLORS.length] as string;
  };
}
