import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams, useRouter } from "@tanstack/react-router";
import type { FormEvent } from "react";
import { client, read } from "../../api/client";
import { accountQuery } from "../../api/queries";
import { Card } from "./Card";
import { CardField } from "./CardField";
import { CardSubmit } from "./CardSubmit";

/** Joins a project by an invite: with the account that is signed in, or with a new one. */
export function InvitePage() {
  const { token } = useParams({ from: "/auth/invite/$token" });
  const router = useRouter();
  const queryClient = useQueryClient();
  const account = useQuery({ ...accountQuery, retry: false });
  const join = useMutation({
    mutationFn: (body: { name?: string; password?: string }) =>
      read(client.POST("/api/v1/auth/invites/accept", { body: { token, password: "", ...body } })),
    onSuccess: (joined) => {
      queryClient.setQueryData(accountQuery.queryKey, joined);
      router.history.replace("/");
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    join.mutate(
      account.data ? {} : { name: String(given.get("name")), password: String(given.get("password")) },
    );
  };
  if (account.isPending) return <Card title="Join a project">One moment.</Card>;
  return (
    <Card title="Join a project">
      <form onSubmit={submit} className="grid gap-3">
        {account.data ? (
          <p className="text-dim">
            You are signed in as <strong className="text-text">{account.data.user.email}</strong>.
          </p>
        ) : (
          <>
            <CardField label="Your name" name="name" type="text" autoComplete="name" autoFocus />
            <CardField
              label="A password, of 12 characters or more"
              name="password"
              type="password"
              autoComplete="new-password"
            />
          </>
        )}
        <CardSubmit error={join.error} isBusy={join.isPending}>
          {join.isPending ? "Joining…" : "Join"}
        </CardSubmit>
      </form>
      {account.data ? null : (
        <p className="mt-4 border-line border-t pt-3 text-dim text-xs">
          You have an account already?{" "}
          <Link to="/login" search={{ next: `/auth/invite/${token}` }} className="text-accent underline">
            Sign in first
          </Link>
          , then join with it.
        </p>
      )}
    </Card>
  );
}
