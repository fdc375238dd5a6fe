import { expect } from "vitest";
import type { CommandResult } from "./command-line.js";

type Run = (...args: string[]) => Promise<CommandResult>;

/** Returns runners that expect an exit code: `done` expects 0, `refused` another one and returns the messages. */
export function exitExpectations(run: Run): {
	readonly done: Run;
	readonly refused: (code: number, ...args: string[]) => Promise<string>;
} {
	return {
		async done(...args) {
			const result = await run(...args);
			expect(result.code, `${args.join(" ")}\n${result.stderr}`).toBe(0);
			return result;
		},
		async refused(code, ...args) {
			const result = await run(...args);
			expect(result.code, `${args.join(" ")}\n${result.stderr}`).toBe(code);
			return result.stderr;
		},
	};
}
