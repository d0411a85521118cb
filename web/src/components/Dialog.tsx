import { type ReactNode, useEffect, useRef } from "react";

interface DialogProps {
  label: string;
  onClose: () => void;
  className?: string;
  children: ReactNode;
}

/** A modal of the browser's own: it keeps the focus inside, closes with Escape, and gives the focus back. `data-first` has it first. */
export function Dialog({ label, onClose, className = "", children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    // The browser takes the first element that can have the focus, which need not be the one to type into.
    shown?.querySelector<HTMLElement>("[data-first]")?.focus();
    return () => shown?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape does by key what a click beside the box does.
    <dialog
      ref={dialog}
      aria-label={label}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
      className={`m-auto rounded-box border border-line bg-panel p-0 text-text shadow-float backdrop:bg-page/60 ${className}`}
    >
      {children}
    </dialog>
  );
}
