import clsx from "clsx";
import type { ButtonHTMLAttributes, Ref } from "react";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  ref?: Ref<HTMLButtonElement>;
  isPrimary?: boolean;
}

/** A button with a border, of the height of every tool. */
export function Button({ isPrimary = false, className, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={clsx(
        "inline-flex h-7 shrink-0 items-center gap-1.5 whitespace-nowrap rounded-box border px-2.5 text-xs disabled:opacity-50",
        isPrimary
          ? "border-accent bg-accent font-medium text-on-accent"
          : "border-line bg-panel hover:bg-sunken data-[state=open]:bg-sunken",
        className,
      )}
    />
  );
}
