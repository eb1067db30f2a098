/** What the model reads when its action did nothing. */
export function nothingHappened(reason: string): string {
  return `Nothing happened: ${reason}.`;
}

/** Follows it where the page is not shown again. */
export function whatCanBeDone(actions: readonly string[]): string {
  return actions.length === 0
    ? " Nothing can be clicked on this page."
    : ` On this page you can do:\n${actions.join("\n")}`;
}
