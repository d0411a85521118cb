/** Which rows of equal height are in view: two numbers, however many rows there are. */

import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

// Beyond the edges, so that a turn of the wheel finds its rows there.
const OVERSCAN = 12;
// What is taken for the height until the element has been measured: a screen full.
const ASSUMED_PX = 900;

export interface RowWindow {
  first: number;
  /** One past the last. */
  end: number;
  /** Brings a row into view; moves nothing when it is there already. */
  show: (row: number) => void;
}

export function useRowWindow(
  scroller: RefObject<HTMLElement | null>,
  count: number,
  rowPx: number,
): RowWindow {
  const [{ top, height }, setSpan] = useState({ top: 0, height: ASSUMED_PX });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    // Only whole rows count: a scroll within one changes nothing.
    const read = () => {
      const next = { top: Math.floor(element.scrollTop / rowPx) * rowPx, height: element.clientHeight };
      setSpan((now) => (now.top === next.top && now.height === next.height ? now : next));
    };
    read();
    const sizes = new ResizeObserver(read);
    sizes.observe(element);
    element.addEventListener("scroll", read, { passive: true });
    return () => {
      sizes.disconnect();
      element.removeEventListener("scroll", read);
    };
  }, [scroller, rowPx]);
  const show = useCallback(
    (row: number) => {
      const element = scroller.current;
      if (!element) return;
      const above = element.scrollTop - row * rowPx;
      const below = (row + 1) * rowPx - element.scrollTop - element.clientHeight;
      // The next row comes in at the edge, one from far away in the middle, with what is around it.
      if (Math.max(above, below) > 2 * rowPx) {
        element.scrollTop = row * rowPx - element.clientHeight / 2;
      } else if (above > 0) element.scrollTop -= above;
      else if (below > 0) element.scrollTop += below;
    },
    [scroller, rowPx],
  );
  const first = Math.max(0, Math.floor(top / rowPx) - OVERSCAN);
  const end = Math.min(count, Math.ceil((top + height) / rowPx) + OVERSCAN + 1);
  return { first: Math.min(first, end), end, show };
}

/** Shows a row once for each choice, as soon as it has a row; never because the rows around it changed. */
export function useShown(show: (row: number) => void, row: number, chosen: string | null): void {
  const shown = useRef<string | null>(null);
  useEffect(() => {
    if (chosen === shown.current || row < 0) return;
    shown.current = chosen;
    show(row);
  }, [chosen, row, show]);
}
