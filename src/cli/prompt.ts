import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { UsageError } from "./errors.js";

/** How a question is asked. */
export interface QuestionOptions {
	/** Whether what is typed stays off the screen. */
	readonly hidden?: boolean;
	readonly input?: NodeJS.ReadableStream;
	readonly output?: NodeJS.WritableStream;
}

/**
 * Asks a question at the terminal, by default on standard error, and returns the line that is typed.
 * @throws UsageError for an empty line, and where the input ends
 */
export async function ask(question: string, options: QuestionOptions = {}): Promise<string> {
	const { hidden = false, input = process.stdin, output = process.stderr } = options;
	const echo = hidden ? new Writable({ write: (_bytes, _encoding, done) => done() }) : output;
	if (hidden) output.write(question);
	const lines = createInterface({ input, output: echo, terminal: true });
	const answer = await new Promise<string>((resolve) => {
		// In raw mode the terminal does not turn Ctrl-C into a signal.
		lines.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
		lines.on("close", () => resolve(""));
		lines.question(hidden ? "" : question, resolve);
	});
	lines.close();
	if (hidden) output.write("\n");
	if (answer === "") throw new UsageError(`${question.replace(/:? *$/, "")}: expected an answer, got none`);
	return answer;
}
