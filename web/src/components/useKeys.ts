import { useEffect, useRef } from "react";

/** Calls the handler of a key, unless someone is typing into a field or the key is part of a shortcut of the browser. */
export function useKeys(handlers: Record<string, (event: KeyboardEvent) => void>): void {
  const latest = useRef(handlers);
  latest.current = handlers;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement | null;
      // The field of a dialog that was just closed keeps the focus until the next frame.
      const isTyping =
        (target?.matches("input, textarea, select, [contenteditable]") && target.checkVisibility()) ?? false;
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      const handle = latest.current[event.key];
      // Enter and Space on a button or link are the button's.
      const isOnControl =
        (target?.matches("button, a") ?? false) && (event.key === "Enter" || event.key === " ");
      if (!handle || isOnControl) return;
      event.preventDefault();
      handle(event);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}
