import { useQuery } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { invitesQuery, type Role, useInviteChanges } from "../../api/projects";
import { Button } from "../../components/Button";
import { Copy } from "../../components/Copy";
import { Field } from "../../components/Field";
import { Lines } from "../../components/Lines";
import { Moment } from "../../components/Time";
import { Text } from "../../render/Text";

interface InvitesProps {
  projectId: string;
  /** The roles that the one who looks may give. */
  grants: readonly Role[];
}

/** Invites somebody by a link, and shows the invites that wait. */
export function Invites({ projectId, grants }: InvitesProps) {
  const { data } = useQuery(invitesQuery(projectId));
  const { add, remove } = useInviteChanges(projectId);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const body = { email: String(given.get("email")), role: String(given.get("role")) as Role };
    add.mutate(body, { onSuccess: () => form.reset() });
  };
  const link = add.data?.link ? `${location.origin}${add.data.link}` : "";
  const failed = add.error ?? remove.error;
  return (
    <section aria-label="Invites" className="mt-8">
      <h3 className="font-semibold text-xs">Invite somebody</h3>
      <form onSubmit={submit} className="mt-2 flex items-end gap-2">
        <Field label="E-mail">
          <input name="email" type="text" required maxLength={254} className="w-64" />
        </Field>
        <Field label="Role">
          <select name="role" defaultValue="VIEWER">
            {grants.map((role) => (
              <option key={role}>{role}</option>
            ))}
          </select>
        </Field>
        <Button type="submit" isPrimary disabled={add.isPending}>
          Invite
        </Button>
      </form>
      {failed ? (
        <p role="alert" className="mt-2 text-error text-xs">
          {failed.message}
        </p>
      ) : null}
      {add.data && !link ? (
        <p role="status" className="mt-3 text-xs">
          A letter is on its way to {add.data.email}.
        </p>
      ) : null}
      {add.data && link ? (
        <p role="status" className="mt-3 flex max-w-5xl items-center gap-2 text-xs">
          <span className="shrink-0">Send this link to {add.data.email}; it is not shown again:</span>
          <code className="min-w-0 truncate rounded-[4px] bg-sunken px-2 py-1 font-mono">{link}</code>
          <Copy text={link} label="Copy the link" />
        </p>
      ) : null}
      {data?.length ? (
        <div className="mt-4">
          <Lines label="Invites" heads={["E-mail", "Role", "Expires", ""]}>
            {data.map((invite) => (
              <tr key={invite.invite_id}>
                <td>
                  <Text value={invite.email} />
                </td>
                <td>{invite.role}</td>
                <td>
                  <Moment at={invite.expires_at} />
                </td>
                <td className="!pr-0 text-right">
                  <Button
                    aria-label={`Take back the invite of ${invite.email}`}
                    disabled={remove.isPending}
                    onClick={() => remove.mutate(invite.invite_id)}
                  >
                    Take back
                  </Button>
                </td>
              </tr>
            ))}
          </Lines>
        </div>
      ) : null}
    </section>
  );
}
