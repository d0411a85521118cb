import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { FormEvent } from "react";
import { client, read } from "../../api/client";
import { Card } from "./Card";
import { CardField } from "./CardField";
import { CardSubmit } from "./CardSubmit";

/** Asks for a letter with a link to a new password. */
export function ForgottenPage() {
  const ask = useMutation({
    mutationFn: (email: string) => read(client.POST("/api/v1/auth/reset", { body: { email } })),
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    ask.mutate(String(new FormData(event.currentTarget).get("email")));
  };
  return (
    <Card title="A new password">
      {ask.isSuccess ? (
        <p role="status">If this address has an account, a letter with a link is on its way to it.</p>
      ) : (
        <form onSubmit={submit} className="grid gap-3">
          <CardField label="E-mail" name="email" type="text" autoComplete="username" autoFocus />
          <CardSubmit error={ask.error} isBusy={ask.isPending}>
            Send me a link
          </CardSubmit>
        </form>
      )}
      <p className="mt-4 border-line border-t pt-3 text-dim text-xs">
        <Link to="/login" search={{}} className="text-accent underline">
          Back to signing in
        </Link>
      </p>
    </Card>
  );
}
