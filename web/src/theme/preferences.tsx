/** What a person chose for this browser: theme and time zone. */

import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";

export type Theme = "system" | "light" | "dark";
export type Zone = "local" | "utc";

interface Preferences {
  theme: Theme;
  zone: Zone;
  setTheme: (theme: Theme) => void;
  setZone: (zone: Zone) => void;
}

// The first one is read by theme.js too, before the first paint.
const THEME_KEY = "watchllm.theme";
const ZONE_KEY = "watchllm.zone";

const Context = createContext<Preferences | null>(null);

export function PreferencesProvider({ children }: { children: ReactNode }) {
  const [theme, setTheme] = useStored<Theme>(THEME_KEY, "system");
  const [zone, setZone] = useStored<Zone>(ZONE_KEY, "local");
  useTheme(theme);
  const value = useMemo(() => ({ theme, zone, setTheme, setZone }), [theme, zone, setTheme, setZone]);
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export function usePreferences(): Preferences {
  const value = useContext(Context);
  if (!value) throw new Error("usePreferences needs PreferencesProvider");
  return value;
}

/** State that outlives the page. */
export function useStored<T extends string>(key: string, initial: T): [T, (value: T) => void] {
  // By key, since one component may ask for another key next.
  const [chosen, setChosen] = useState<Record<string, T>>({});
  const value = chosen[key] ?? (localStorage.getItem(key) as T | null) ?? initial;
  const store = useMemo(
    () => (next: T) => {
      localStorage.setItem(key, next);
      setChosen((before) => ({ ...before, [key]: next }));
    },
    [key],
  );
  return [value, store];
}

function useTheme(theme: Theme) {
  useEffect(() => {
    const system = matchMedia("(prefers-color-scheme: dark)");
    const apply = () => {
      const isDark = theme === "dark" || (theme === "system" && system.matches);
      document.documentElement.dataset.theme = isDark ? "dark" : "light";
    };
    apply();
    system.addEventListener("change", apply);
    return () => system.removeEventListener("change", apply);
  }, [theme]);
}
