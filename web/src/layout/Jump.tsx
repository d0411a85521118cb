import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import { CornerDownRight } from "lucide-react";
import { useState } from "react";
import { findById } from "../api/jump";
import { PaletteItem } from "./PaletteItem";

interface JumpProps {
  projectId: string;
  text: string;
  onClose: () => void;
}

// Ids have digits, or parts with a sign between them; a word alone is one of the palette's own.
const ID = /^(?=.*[\d_:-])\S{4,}$/;

/** Takes what was typed for an id, of a trace or of an event, and opens it. */
export function Jump({ projectId, text, onClose }: JumpProps) {
  const navigate = useNavigate();
  const [missed, setMissed] = useState<string | null>(null);
  if (!ID.test(text)) return null;
  const jump = async () => {
    const found = await findById(projectId, text);
    if (!found) {
      setMissed(text);
      return;
    }
    onClose();
    const { traceId, eventId } = found;
    await navigate({
      to: "/p/$projectId/traces/$traceId",
      params: { projectId, traceId },
      search: eventId ? { event: eventId } : {},
    });
  };
  return (
    <Command.Group forceMount>
      <PaletteItem
        value={`jump to ${text}`}
        icon={CornerDownRight}
        name={missed === text ? "No trace and no event has this id" : "Open the trace or event"}
        detail={text}
        isAlways
        onSelect={() => void jump()}
      />
    </Command.Group>
  );
}
