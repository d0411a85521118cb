import type { ReactNode } from "react";

interface LinesProps {
  label: string;
  heads: readonly string[];
  children: ReactNode;
}

/** A plain table of a few lines. */
export function Lines({ label, heads, children }: LinesProps) {
  return (
    <table
      aria-label={label}
      className="w-full text-xs [&_td]:py-1.5 [&_td]:pr-4 [&_th]:pr-4 [&_tr]:border-line [&_tr]:border-b"
    >
      <thead className="text-left text-faint">
        <tr>
          {heads.map((head) => (
            <th key={head} className="py-1.5 font-normal">
              {head || <span className="sr-only">What can be done</span>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}
