/** Who one is here, the password, and where one is signed in. */

import { useQuery } from "@tanstack/react-query";
import { useRouteContext } from "@tanstack/react-router";
import { accountQuery } from "../../api/queries";
import { Crumbs } from "../../layout/Crumbs";
import { useTitle } from "../../layout/useTitle";
import { DeletedProjects } from "./DeletedProjects";
import { PasswordForm } from "./PasswordForm";
import { SessionList } from "./SessionList";

export function AccountPage() {
  const given = useRouteContext({ from: "/app" }).account;
  const { user } = useQuery(accountQuery).data ?? given;
  useTitle("Account");
  return (
    <div className="flex h-full flex-col">
      <Crumbs>
        <span className="font-semibold">Account</span>
      </Crumbs>
      <div className="grid flex-1 content-start gap-8 overflow-auto p-5">
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-xs">
          <dt className="text-dim">Name</dt>
          <dd>{user.name}</dd>
          <dt className="text-dim">E-mail</dt>
          <dd>{user.email}</dd>
        </dl>
        <PasswordForm hasPassword={user.has_password} />
        <SessionList />
        <DeletedProjects />
      </div>
    </div>
  );
}
