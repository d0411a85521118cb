/** The shape of the list: its head and its rows agree on it. */
export const ROW_PX = 32;
export const COLUMNS =
  "grid grid-cols-[28px_minmax(120px,1.1fr)_minmax(140px,2.2fr)_84px_62px_76px_84px_minmax(0,0.7fr)_52px] items-center gap-x-3 px-4";
