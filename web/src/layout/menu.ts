/** How every menu and every tool of the top bar looks. */
export const MENU = "z-30 min-w-44 rounded-box border border-line bg-panel p-1 shadow-float";
export const MENU_ITEM =
  "flex cursor-pointer items-center gap-2 rounded-[4px] px-2 py-1.5 outline-none data-[highlighted]:bg-sunken";
export const TOOL = "rounded-box px-2 py-1 text-dim hover:bg-sunken hover:text-text";
