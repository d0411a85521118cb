import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { client, read } from "../../api/client";
import { accountQuery } from "../../api/queries";
import { Card } from "./Card";

/** Signs in with a one-time link. The token goes out once: a second use would be refused. */
export function LinkPage() {
  const { token } = useParams({ from: "/auth/link/$token" });
  const router = useRouter();
  const queryClient = useQueryClient();
  // A query and not a mutation: the cache makes sure that it runs once, however often the page mounts.
  const link = useQuery({
    queryKey: ["link", token],
    queryFn: () => read(client.POST("/api/v1/auth/link", { body: { token } })),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  useEffect(() => {
    if (!link.data) return;
    queryClient.setQueryData(accountQuery.queryKey, link.data);
    router.history.replace("/");
  }, [link.data, queryClient, router]);
  if (!link.error) return <Card title="Signing in…">One moment.</Card>;
  return (
    <Card title="This link does not work">
      <p role="alert" className="text-dim">
        {link.error.message}
      </p>
      <p className="mt-3">
        <Link to="/login" search={{}} className="text-accent underline">
          Sign in with a password
        </Link>
      </p>
    </Card>
  );
}
