import { Clock, Keyboard, Link2, LogOut, type LucideIcon, SunMoon } from "lucide-react";
import { usePreferences } from "../theme/preferences";
import { useSignOut } from "./AccountMenu";
import { THEMES } from "./Toggles";

export interface Action {
  name: string;
  icon: LucideIcon;
  act: () => unknown;
}

/** What can be done from every page. */
export function useActions(onKeys: () => void): Action[] {
  const { theme, setTheme, zone, setZone } = usePreferences();
  const signOut = useSignOut();
  const otherThemes = (["light", "dark", "system"] as const).filter((one) => one !== theme);
  return [
    ...otherThemes.map((one) => ({
      name: `Theme: ${THEMES[one].name}`,
      icon: SunMoon,
      act: () => setTheme(one),
    })),
    {
      name: zone === "utc" ? "Times in this computer's zone" : "Times in UTC",
      icon: Clock,
      act: () => setZone(zone === "utc" ? "local" : "utc"),
    },
    {
      name: "Copy a link to this view",
      icon: Link2,
      act: () => navigator.clipboard.writeText(location.href),
    },
    { name: "Show the keys", icon: Keyboard, act: onKeys },
    { name: "Sign out", icon: LogOut, act: signOut },
  ];
}
