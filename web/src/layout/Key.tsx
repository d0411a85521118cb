/** A key as it is drawn on a keyboard. */
export function Key({ children }: { children: string }) {
  return (
    <kbd className="rounded-[4px] border border-line bg-sunken px-1.5 font-mono text-[11px] text-dim">
      {children}
    </kbd>
  );
}
