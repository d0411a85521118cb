import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useParams, useRouter } from "@tanstack/react-router";
import type { FormEvent } from "react";
import { client, read } from "../../api/client";
import { accountQuery } from "../../api/queries";
import { Card } from "./Card";
import { CardField } from "./CardField";
import { CardSubmit } from "./CardSubmit";

/** Sets a new password by the link of a letter, which signs in. */
export function ResetPage() {
  const { token } = useParams({ from: "/auth/reset/$token" });
  const router = useRouter();
  const queryClient = useQueryClient();
  const set = useMutation({
    mutationFn: (password: string) =>
      read(client.PUT("/api/v1/auth/reset", { body: { token, new: password } })),
    onSuccess: (account) => {
      queryClient.setQueryData(accountQuery.queryKey, account);
      router.history.replace("/");
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    set.mutate(String(new FormData(event.currentTarget).get("password")));
  };
  return (
    <Card title="Your new password">
      <form onSubmit={submit} className="grid gap-3">
        <CardField
          label="A password, of 12 characters or more"
          name="password"
          type="password"
          autoComplete="new-password"
          autoFocus
        />
        <CardSubmit error={set.error} isBusy={set.isPending}>
          Set the password
        </CardSubmit>
      </form>
      <p className="mt-4 border-line border-t pt-3 text-dim text-xs">
        Every browser that is signed in is signed out.{" "}
        <Link to="/auth/forgotten" className="text-accent underline">
          Ask for another link
        </Link>
      </p>
    </Card>
  );
}
