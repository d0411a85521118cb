import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import type { FormEvent } from "react";
import { client, read } from "../../api/client";
import { accountQuery } from "../../api/queries";
import { Card } from "./Card";
import { CardField } from "./CardField";

/** Signs in with e-mail address and password, then goes where the person wanted to go. */
export function LoginPage() {
  const { next } = useSearch({ from: "/login" });
  const router = useRouter();
  const queryClient = useQueryClient();
  const login = useMutation({
    mutationFn: (body: { email: string; password: string }) =>
      read(client.POST("/api/v1/auth/login", { body })),
    onSuccess: (account) => {
      queryClient.setQueryData(accountQuery.queryKey, account);
      router.history.replace(next ?? "/");
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    login.mutate({ email: String(given.get("email")), password: String(given.get("password")) });
  };
  return (
    <Card title="Sign in">
      <form onSubmit={submit} className="grid gap-3">
        <CardField label="E-mail" name="email" type="text" autoComplete="username" autoFocus />
        <CardField label="Password" name="password" type="password" autoComplete="current-password" />
        {login.error ? (
          <p role="alert" className="text-error">
            {login.error.message}
          </p>
        ) : null}
        <button
          type="submit"
          disabled={login.isPending}
          className="mt-1 rounded-box bg-accent px-3 py-1.5 font-medium text-on-accent disabled:opacity-60"
        >
          {login.isPending ? "Signing in…" : "Sign in"}
        </button>
      </form>
      <p className="mt-4 border-line border-t pt-3 text-dim text-xs">
        No password yet? Run <code className="font-mono">watchllm login-link</code> beside the server: it
        prints a link that signs you in once.
      </p>
    </Card>
  );
}
