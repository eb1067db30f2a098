import type { Session } from "../engine/session.ts";

/** What can be done on a page, ready to be written. */
export function availableActions(session: Session): string[] {
  const search = session.hasSearchBar ? ["search[<your query>]"] : [];
  const clicks = [...session.clickables.keys()].filter((text) => text !== "search").map((text) => `click[${text}]`);
  return [...search, ...clicks];
}

/** Cuts a page to a number of characters, never between the halves of one, and says that it did. */
export function capped(text: string, limit: number | null): string {
  if (limit === null || text.length <= limit) return text;
  const last = text.charCodeAt(limit - 1);
  const end = last >= 0xd800 && last < 0xdc00 ? limit - 1 : limit;
  return `${text.slice(0, end)}\n[the page goes on: ${text.length - end} more characters]`;
}

export function actionList(actions: readonly string[]): string {
  return actions.length === 0 ? "" : `\n\nAvailable actions:\n${actions.join("\n")}`;
}
