import { useId } from "react";

interface CardFieldProps {
  label: string;
  name: string;
  type: "text" | "password";
  autoComplete: string;
  autoFocus?: boolean;
}

/** A labelled field of a card. */
export function CardField({ label, ...input }: CardFieldProps) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-dim text-xs">
        {label}
      </label>
      <input
        id={id}
        required
        {...input}
        className="w-full rounded-box border border-line bg-page px-2.5 py-1.5"
      />
    </div>
  );
}
