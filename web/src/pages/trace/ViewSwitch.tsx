import { ListTree, MessagesSquare } from "lucide-react";

interface ViewSwitchProps {
  isConversation: boolean;
  onConversation: (isShown: boolean) => void;
}

/** Tree or conversation. */
export function ViewSwitch({ isConversation, onConversation }: ViewSwitchProps) {
  const views = [
    { name: "Tree", icon: ListTree, isShown: !isConversation },
    { name: "Conversation", icon: MessagesSquare, isShown: isConversation },
  ];
  return (
    <span role="group" aria-label="Show as" className="flex shrink-0 rounded-box border border-line">
      {views.map(({ name, icon: Icon, isShown }) => (
        <button
          key={name}
          type="button"
          aria-pressed={isShown}
          onClick={() => onConversation(name === "Conversation")}
          className="flex items-center gap-1 px-2 py-0.5 text-dim first:border-line first:border-r hover:text-text aria-pressed:bg-sunken aria-pressed:text-text"
        >
          <Icon className="size-3.5" aria-hidden />
          {name}
        </button>
      ))}
    </span>
  );
}
