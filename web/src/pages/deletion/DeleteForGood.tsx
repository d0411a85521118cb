import { useNavigate } from "@tanstack/react-router";
import { Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { type DeletionSubject, useDeletion } from "../../api/deletions";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { useProject } from "../../layout/useProject";
import { isAdmin } from "../settings/sections";

interface DeleteForGoodProps {
  projectId: string;
  subject: DeletionSubject;
  /** What the button and the dialog are called. */
  label: string;
  /** What will happen. */
  children: ReactNode;
}

/** A button that asks, and deletes what the page shows; for those alone who may. */
export function DeleteForGood({ projectId, subject, label, children }: DeleteForGoodProps) {
  const [isAsking, setAsking] = useState(false);
  const role = useProject()?.role;
  const navigate = useNavigate();
  const deletion = useDeletion(projectId);
  if (!isAdmin(role)) return null;
  const confirm = () =>
    deletion.mutate(subject, {
      onSuccess: () =>
        void navigate({
          to: "/p/$projectId/settings/$section",
          params: { projectId, section: "deletions" },
        }),
    });
  return (
    <>
      <button
        type="button"
        aria-label={label}
        title={label}
        onClick={() => setAsking(true)}
        className="rounded-box p-1 text-dim hover:bg-sunken hover:text-error"
      >
        <Trash2 className="size-4" aria-hidden />
      </button>
      {isAsking ? (
        <Dialog label={label} onClose={() => setAsking(false)} className="w-[440px] max-w-[92vw]">
          <div className="grid gap-3 whitespace-normal p-4 text-sm">
            <h2 className="font-semibold">{label}</h2>
            <p className="text-dim text-xs">{children}</p>
            <p className="break-all font-mono text-xs">{subject.id}</p>
            {deletion.error ? (
              <p role="alert" className="text-error text-xs">
                {deletion.error.message}
              </p>
            ) : null}
            <div className="flex justify-end gap-2">
              <Button data-first onClick={() => setAsking(false)}>
                Keep
              </Button>
              <Button className="border-error text-error" disabled={deletion.isPending} onClick={confirm}>
                Delete for good
              </Button>
            </div>
          </div>
        </Dialog>
      ) : null}
    </>
  );
}
