import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useRouter, useSearch } from "@tanstack/react-router";
import type { FormEvent } from "react";
import { client, read } from "../../api/client";
import { accountQuery } from "../../api/queries";
import { Card } from "./Card";
import { CardField } from "./CardField";
import { CardSubmit } from "./CardSubmit";

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
        <CardSubmit error={login.error} isBusy={login.isPending}>
          {login.isPending ? "Signing in…" : "Sign in"}
        </CardSubmit>
      </form>
      <p className="mt-4 border-line border-t pt-3 text-dim text-xs">
        <Link to="/auth/forgotten" className="text-accent underline">
          Forgot your password?
        </Link>
      </p>
      <p className="mt-2 text-dim text-xs">
        No password yet? Run <code className="font-mono">watchllm login-link</code> beside the server: it
        prints a link that signs you in once.
      </p>
    </Card>
  );
}
