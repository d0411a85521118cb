/** Grey rows in the place of what is still to come. */
export function Skeleton({ rows, height }: { rows: number; height: number }) {
  return (
    <div aria-busy="true" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, at) => (
        <div key={at} className="flex items-center gap-4 border-line border-b px-4" style={{ height }}>
          <div className="h-2.5 rounded bg-sunken" style={{ width: `${14 + ((at * 7) % 18)}%` }} />
          <div className="h-2.5 flex-1 rounded bg-sunken" style={{ opacity: 0.7 }} />
          <div className="h-2.5 w-16 rounded bg-sunken" />
        </div>
      ))}
    </div>
  );
}
