import { useState } from "react";
import { Button } from "../../components/Button";

interface ConfirmProps {
  /** What the button says at first, such as "Revoke". */
  action: string;
  /** What it says when it asks again: what will happen. */
  question: string;
  label: string;
  isBusy?: boolean;
  onConfirm: () => void;
}

/** A button that asks once more: for what cannot be taken back. */
export function Confirm({ action, question, label, isBusy = false, onConfirm }: ConfirmProps) {
  const [isAsking, setAsking] = useState(false);
  if (!isAsking) {
    return (
      <Button aria-label={label} disabled={isBusy} onClick={() => setAsking(true)}>
        {action}
      </Button>
    );
  }
  return (
    <span className="inline-flex items-center gap-1.5">
      <span role="alert">{question}</span>
      <Button
        autoFocus
        className="border-error text-error"
        onClick={() => {
          setAsking(false);
          onConfirm();
        }}
      >
        {action}
      </Button>
      <Button onClick={() => setAsking(false)}>Keep</Button>
    </span>
  );
}
