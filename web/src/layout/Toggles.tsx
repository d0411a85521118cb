import { Monitor, Moon, Sun } from "lucide-react";
import { type Theme, usePreferences } from "../theme/preferences";
import { TOOL } from "./menu";

export const THEMES: Record<Theme, { next: Theme; icon: typeof Sun; name: string }> = {
  system: { next: "light", icon: Monitor, name: "as the system" },
  light: { next: "dark", icon: Sun, name: "light" },
  dark: { next: "system", icon: Moon, name: "dark" },
};

export function ThemeToggle() {
  const { theme, setTheme } = usePreferences();
  const { next, icon: Icon, name } = THEMES[theme];
  const label = `Theme: ${name}`;
  return (
    <button type="button" className={TOOL} title={label} aria-label={label} onClick={() => setTheme(next)}>
      <Icon className="size-4" aria-hidden />
    </button>
  );
}

export function ZoneToggle() {
  const { zone, setZone } = usePreferences();
  const isUtc = zone === "utc";
  return (
    <button
      type="button"
      className={`${TOOL} text-[11px]`}
      title={
        isUtc
          ? "Times in UTC; switch to this computer's zone"
          : "Times in this computer's zone; switch to UTC"
      }
      onClick={() => setZone(isUtc ? "local" : "utc")}
    >
      {isUtc ? "UTC" : "Local"}
    </button>
  );
}
