import { type RefObject, useEffect, useState } from "react";
import { exactCount, duration as shown } from "../../../format/format";
import { type TraceModel, textAt } from "../model";

const WIDTH_PX = 232;
const GAP_PX = 14;

interface Place {
  at: number;
  x: number;
  y: number;
}

/** One tooltip for all bars: when an event starts, its own time, and its share of its parent. */
export function BarTip({ model, tree }: { model: TraceModel; tree: RefObject<HTMLElement | null> }) {
  const place = useHoveredBar(tree);
  if (!place || place.at >= model.size) return null;
  const { at, x, y } = place;
  const length = model.length[at] as number;
  const above = model.parent[at] as number;
  const aboveLength = above < 0 ? 0 : (model.length[above] as number);
  const facts: [string, string][] = [
    ["starts at", shown((model.start[at] as number) / 1_000)],
    ["takes", (model.duration[at] as number) < 0 && length === 0 ? "no time known" : shown(length / 1_000)],
    ["itself", `${shown((model.self[at] as number) / 1_000)}${share(model.self[at] as number, length)}`],
  ];
  if (aboveLength > 0) facts.push(["of its parent", share(length, aboveLength).replace(" · ", "")]);
  const run = model.run[at] as number;
  if (run > 0) facts.push(["in a row", exactCount(run)]);
  const left = Math.max(4, Math.min(x + GAP_PX, innerWidth - WIDTH_PX - 4));
  return (
    <div
      role="tooltip"
      className="pointer-events-none fixed z-30 grid grid-cols-[auto_1fr] gap-x-3 rounded-box border border-line bg-panel px-2.5 py-1.5 text-[11px] shadow-float tabular-nums"
      style={{
        left,
        top: y + GAP_PX,
        width: WIDTH_PX,
        transform: y > innerHeight - 140 ? "translateY(calc(-100% - 24px))" : undefined,
      }}
    >
      {facts.map(([name, value]) => (
        <div key={name} className="contents">
          <span className="text-dim">{name}</span>
          <span className="text-right">{value}</span>
        </div>
      ))}
      {textAt(model.status, at) === "running" ? (
        <span className="col-span-2 text-running">still running</span>
      ) : null}
    </div>
  );
}

function share(part: number, whole: number): string {
  return whole > 0 ? ` · ${((100 * part) / whole).toFixed(part / whole < 0.1 ? 1 : 0)} %` : "";
}

/** Follows the pointer over the tree; one listener for all rows. */
function useHoveredBar(tree: RefObject<HTMLElement | null>): Place | null {
  const [place, setPlace] = useState<Place | null>(null);
  useEffect(() => {
    const element = tree.current;
    if (!element) return;
    const follow = (event: PointerEvent) => {
      const bar = (event.target as Element).closest?.<HTMLElement>("[data-bar]");
      setPlace(bar ? { at: Number(bar.dataset.bar), x: event.clientX, y: event.clientY } : null);
    };
    const leave = () => setPlace(null);
    element.addEventListener("pointermove", follow, { passive: true });
    element.addEventListener("pointerleave", leave);
    element.addEventListener("scroll", leave, { passive: true });
    return () => {
      element.removeEventListener("pointermove", follow);
      element.removeEventListener("pointerleave", leave);
      element.removeEventListener("scroll", leave);
    };
  }, [tree]);
  return place;
}
