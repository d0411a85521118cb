import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { LogOut, UserRound } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { client, read } from "../api/client";
import { MENU, MENU_ITEM, TOOL } from "./menu";

/** Who is signed in, and the way out. */
export function AccountMenu({ email }: { email: string }) {
  const signOut = useSignOut();
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className={`${TOOL} max-w-44 truncate`}>{email}</DropdownMenu.Trigger>
      <DropdownMenu.Content align="end" sideOffset={4} className={MENU}>
        <DropdownMenu.Item asChild>
          <Link to="/account" className={MENU_ITEM}>
            <UserRound className="size-4" aria-hidden />
            Account
          </Link>
        </DropdownMenu.Item>
        <DropdownMenu.Item className={MENU_ITEM} onSelect={() => void signOut()}>
          <LogOut className="size-4" aria-hidden />
          Sign out
        </DropdownMenu.Item>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

export function useSignOut(): () => Promise<void> {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  return async () => {
    await read(client.POST("/api/v1/auth/logout"));
    queryClient.clear();
    await navigate({ to: "/login", search: {} });
  };
}
