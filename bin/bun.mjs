#!/usr/bin/env node
import { runWithBun } from "./run-with-bun.mjs";

runWithBun(process.argv.slice(2));
