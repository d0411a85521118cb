/** The first of several names, and how many more there are. */
export function Names({ names }: { names: readonly string[] }) {
  if (names.length === 0) return null;
  return (
    <span className="flex min-w-0 gap-1.5 text-dim">
      <span className="truncate">{names[0]}</span>
      {names.length > 1 ? <span className="shrink-0 text-faint">+{names.length - 1}</span> : null}
    </span>
  );
}
