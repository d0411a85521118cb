import clsx from "clsx";

interface SegmentsProps<T extends string> {
  label: string;
  options: Readonly<Record<T, string>>;
  value: T;
  onChange: (value: T) => void;
}

/** A choice among a few, all in sight. */
export function Segments<T extends string>({ label, options, value, onChange }: SegmentsProps<T>) {
  return (
    <div
      role="group"
      aria-label={label}
      className="flex h-7 shrink-0 rounded-box border border-line bg-panel p-0.5"
    >
      {(Object.keys(options) as T[]).map((id) => (
        <button
          key={id}
          type="button"
          aria-pressed={id === value}
          onClick={() => onChange(id)}
          className={clsx(
            "rounded-[4px] px-2 text-xs",
            id === value ? "bg-sunken font-medium" : "text-dim hover:text-text",
          )}
        >
          {options[id]}
        </button>
      ))}
    </div>
  );
}
