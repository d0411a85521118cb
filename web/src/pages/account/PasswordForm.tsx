import type { FormEvent } from "react";
import { useAccountChanges } from "../../api/account";
import { Button } from "../../components/Button";
import { Field } from "../../components/Field";

/** Sets the password, the first one or another. */
export function PasswordForm({ hasPassword }: { hasPassword: boolean }) {
  const { setPassword } = useAccountChanges();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const body = { current: String(given.get("current") ?? ""), next: String(given.get("next")) };
    setPassword.mutate(body, { onSuccess: () => form.reset() });
  };
  return (
    <section aria-label="Password">
      <h2 className="font-semibold text-sm">{hasPassword ? "Change the password" : "Set a password"}</h2>
      <p className="mt-0.5 text-dim text-xs">
        {hasPassword
          ? "Every other browser is signed out."
          : "Until there is one, only a link that is printed on the server signs you in."}
      </p>
      <form onSubmit={submit} className="mt-3 grid max-w-xs gap-3">
        {hasPassword ? (
          <Field label="The present password">
            <input name="current" type="password" required autoComplete="current-password" />
          </Field>
        ) : null}
        <Field label="The new password, of 12 characters or more">
          <input name="next" type="password" required autoComplete="new-password" />
        </Field>
        {setPassword.error ? (
          <p role="alert" className="text-error text-xs">
            {setPassword.error.message}
          </p>
        ) : null}
        <div className="flex items-center gap-3">
          <Button type="submit" isPrimary disabled={setPassword.isPending}>
            Save the password
          </Button>
          <span role="status" className="text-dim text-xs">
            {setPassword.isSuccess ? "Saved." : null}
          </span>
        </div>
      </form>
    </section>
  );
}
