import { ROW_PX } from "./tree/TreeRow";

const ROWS = 24;

/** The shape of the page while its trace comes. */
export function TraceSkeleton() {
  return (
    <div role="status" aria-busy="true" aria-label="Loading" className="flex h-full flex-col">
      <div className="flex h-11 items-center gap-4 border-line border-b px-4">
        <div className="h-3 w-40 rounded bg-sunken" />
        <div className="h-3 w-64 rounded bg-sunken" />
      </div>
      <div className="flex min-h-0 flex-1">
        <div className="w-3/5 overflow-hidden border-line border-r pt-16">
          {Array.from({ length: ROWS }, (_, at) => (
            <div key={at} className="flex items-center gap-4 px-4" style={{ height: ROW_PX }}>
              <div style={{ width: 10 + ((at * 3) % 5) * 14 }} />
              <div className="h-2.5 w-32 rounded bg-sunken" />
              <div
                className="ml-auto h-2.5 rounded bg-sunken"
                style={{ width: `${8 + ((at * 11) % 30)}%` }}
              />
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}
