import type { ReactNode } from "react";

interface EmptyNoteProps {
  title: string;
  children?: ReactNode;
}

/** What a list shows when nothing is in it: why, and what to do. */
export function EmptyNote({ title, children }: EmptyNoteProps) {
  return (
    <div role="status" className="max-w-xl p-6 text-dim">
      <p className="font-medium text-text">{title}</p>
      <div className="mt-2 grid gap-3">{children}</div>
    </div>
  );
}
