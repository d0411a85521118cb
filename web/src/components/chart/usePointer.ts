import { type PointerEvent, useState } from "react";

interface Pointing {
  count: number;
  /** Which value is at a place, in pixels from the left of the plot. */
  at: (xPx: number) => number;
  onZoom?: ((first: number, last: number) => void) | undefined;
}

export interface Pointer {
  hovered: number | null;
  /** The values that are being chosen by a drag, first to last. */
  dragged: [number, number] | null;
  handlers: {
    onPointerMove: (event: PointerEvent<SVGElement>) => void;
    onPointerDown: (event: PointerEvent<SVGElement>) => void;
    onPointerUp: (event: PointerEvent<SVGElement>) => void;
    onPointerLeave: () => void;
  };
}

/** Follows the pointer over a chart: what it is over, and what it drags across to zoom. */
export function usePointer({ count, at, onZoom }: Pointing): Pointer {
  const [hovered, setHovered] = useState<number | null>(null);
  const [start, setStart] = useState<number | null>(null);
  const placeOf = (event: PointerEvent<SVGElement>) => {
    const { left } = event.currentTarget.getBoundingClientRect();
    return Math.min(count - 1, Math.max(0, at(event.clientX - left)));
  };
  const dragged: [number, number] | null =
    start === null || hovered === null ? null : [Math.min(start, hovered), Math.max(start, hovered)];
  return {
    hovered,
    dragged,
    handlers: {
      onPointerMove: (event) => setHovered(placeOf(event)),
      onPointerDown: (event) => {
        if (!onZoom || event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setStart(placeOf(event));
      },
      onPointerUp: (event) => {
        if (start === null) return;
        const end = placeOf(event);
        setStart(null);
        onZoom?.(Math.min(start, end), Math.max(start, end));
      },
      onPointerLeave: () => {
        setHovered(null);
        setStart(null);
      },
    },
  };
}
