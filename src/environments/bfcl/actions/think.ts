const OPEN = "<think>";
const CLOSE = "</think>";

/**
 * Removes what a reasoning model thought: every `<think>...</think>`, one that was never closed up to the end, and the
 * text before a `</think>` whose opening tag stood in the prompt (chat templates put it there). What was only thought is
 * neither an action nor an answer.
 */
export function withoutThinking(content: string): string {
  if (!content.includes(OPEN) && !content.includes(CLOSE)) return content;
  let rest = content;
  const firstClose = rest.indexOf(CLOSE);
  const firstOpen = rest.indexOf(OPEN);
  if (firstClose !== -1 && (firstOpen === -1 || firstClose < firstOpen)) rest = rest.slice(firstClose + CLOSE.length);
  let kept = "";
  for (;;) {
    const open = rest.indexOf(OPEN);
    if (open === -1) return kept + rest;
    kept += rest.slice(0, open);
    const close = rest.indexOf(CLOSE, open + OPEN.length);
    if (close === -1) return kept;
    rest = rest.slice(close + CLOSE.length);
  }
}
