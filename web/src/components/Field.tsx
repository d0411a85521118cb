import type { ReactNode } from "react";

const LOOK =
  "[&>:is(input,select)]:h-7 [&>:is(input,select)]:rounded-box [&>:is(input,select)]:border [&>:is(input,select)]:border-line [&>:is(input,select)]:bg-page [&>:is(input,select)]:px-2 [&>:is(input,select)]:text-text";

/** A labelled input of a form. */
export function Field({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child, an input or a select.
    <label className={`grid gap-1 text-dim text-xs ${LOOK}`}>
      {label}
      {children}
    </label>
  );
}
