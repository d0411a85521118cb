import type { ReactNode } from "react";

interface CardSubmitProps {
  error: Error | null;
  isBusy: boolean;
  children: ReactNode;
}

/** The end of a form on a card: what went wrong, and the button. */
export function CardSubmit({ error, isBusy, children }: CardSubmitProps) {
  return (
    <>
      {error ? (
        <p role="alert" className="text-error">
          {error.message}
        </p>
      ) : null}
      <button
        type="submit"
        disabled={isBusy}
        className="mt-1 rounded-box bg-accent px-3 py-1.5 font-medium text-on-accent disabled:opacity-60"
      >
        {children}
      </button>
    </>
  );
}
