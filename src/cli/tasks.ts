import type { TaskRow } from "../index.ts";
import { createStepwell } from "../stepwell.ts";
import { table } from "./terminal.ts";

export interface TasksOptions {
  readonly split: string;
  readonly filter: Record<string, string>;
  readonly json: boolean;
  readonly limit: number | null;
}

/** Prints the tasks of an environment: a table, or a JSON object a line. Returns the exit code. */
export async function runTasks(env_type: string, options: TasksOptions): Promise<number> {
  await using well = await createStepwell({ environments: [env_type] });
  const { split, filter } = options;
  const rows: TaskRow[] = [];
  let cursor: string | null = null;
  do {
    const page = await well.tasks(env_type, { split, filter, cursor });
    rows.push(...page.tasks);
    cursor = page.next_cursor;
  } while (cursor !== null && (options.limit === null || rows.length < options.limit));
  const shown = options.limit === null ? rows : rows.slice(0, options.limit);
  if (options.json) for (const row of shown) console.log(JSON.stringify(row));
  else {
    const columns = Object.keys(shown[0] ?? { task_id: "" });
    console.log(
      table(
        columns,
        shown.map((row) => columns.map((column) => String(row[column] ?? ""))),
      ),
    );
    console.log(`\n${shown.length} tasks`);
  }
  return 0;
}
