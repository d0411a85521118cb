/** The arithmetic of charts: ticks, stacks, and which times get a label. */

export interface Series {
  key: string;
  label: string;
  /** A colour of the tokens. */
  color: string;
  values: readonly (number | null)[];
}

const STEPS = [1, 2, 2.5, 5, 10];

/** Round values from 0 to at least the greatest one, about three of them. */
export function ticks(greatest: number): number[] {
  if (!(greatest > 0)) return [0, 1];
  const rough = greatest / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = (STEPS.find((one) => one * power >= rough * 0.999) ?? 10) * power;
  const count = Math.ceil(greatest / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, at) => Number((at * step).toPrecision(12)));
}

/** The lower and upper edge of each value when series stand on one another. */
export function stacked(series: readonly Series[]): [number, number][][] {
  const sums: number[] = [];
  return series.map(({ values }) =>
    values.map((value, at) => {
      const low = sums[at] ?? 0;
      sums[at] = low + (value ?? 0);
      return [low, sums[at]];
    }),
  );
}

/** The greatest value to be drawn. */
export function greatestOf(series: readonly Series[], isStacked: boolean): number {
  if (isStacked) return Math.max(0, ...(stacked(series).at(-1) ?? []).map(([, high]) => high));
  return Math.max(0, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
}

/** Which of so many times get a label, so that each has enough room. */
export function labelled(count: number, widthPx: number, eachPx: number): number[] {
  const every = Math.max(1, Math.ceil((count * eachPx) / Math.max(1, widthPx)));
  const found: number[] = [];
  for (let at = Math.floor(every / 2); at < count; at += every) found.push(at);
  return found;
}

/** A line through the values; where one is missing it begins anew. */
export function linePath(
  values: readonly (number | null)[],
  x: (at: number) => number,
  y: (value: number) => number,
): string {
  let path = "";
  let isDrawing = false;
  values.forEach((value, at) => {
    if (value !== null) path += `${isDrawing ? "L" : "M"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
    isDrawing = value !== null;
  });
  return path;
}

/** Values without a neighbour: a line through them alone would not be seen. */
export function lonely(values: readonly (number | null)[]): number[] {
  return values.flatMap((value, at) =>
    value !== null && (values[at - 1] ?? null) === null && (values[at + 1] ?? null) === null ? [at] : [],
  );
}
