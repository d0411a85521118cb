import { Children, type ReactNode } from "react";

/** Where a page stands: the list that it belongs to, then itself as its title. */
export function Crumbs({ children }: { children: ReactNode }) {
  const parts = Children.toArray(children);
  return (
    <nav aria-label="Breadcrumbs" className="flex h-11 shrink-0 items-center border-line border-b px-4">
      <ol className="flex min-w-0 items-center gap-2 text-dim">
        {parts.map((part, at) => (
          <li key={at} className="flex min-w-0 items-center gap-2">
            {at > 0 ? (
              <span className="text-faint" aria-hidden>
                /
              </span>
            ) : null}
            {at === parts.length - 1 ? <h1 className="min-w-0">{part}</h1> : part}
          </li>
        ))}
      </ol>
    </nav>
  );
}
