import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { encodeExecutable } from "../../fixtures/executable.js";
import { MACHINES } from "../../fixtures/machines.js";

/** How a program of the demo behaved. */
export interface ProgramRun {
	readonly printed: string;
	/** Whether it waits, and was still there a while after its message. */
	readonly waited: boolean;
	readonly code: number | null;
	/** The signal that killed it; null where it ended by itself. */
	readonly killedBy: NodeJS.Signals | null;
}

/**
 * Runs a program of the demo, which gets `signal` after its message where it waits.
 * @param emulator that runs it; none: this machine does.
 */
export async function runProgram(
	label: string,
	waits: boolean,
	signal: NodeJS.Signals,
	emulator?: string,
): Promise<ProgramRun> {
	const directory = mkdtempSync(join(tmpdir(), "pvpkg-program-"));
	const path = join(directory, "program");
	const program = encodeExecutable(MACHINES[label]!, `hello from ${label}\n`, {
		waits,
		tail: Buffer.alloc(99),
	});
	writeFileSync(path, program, { mode: 0o755 });
	const child = spawn(emulator ?? path, emulator === undefined ? [] : [path]);
	const ended = new Promise<readonly [number | null, NodeJS.Signals | null]>((resolve, reject) => {
		child.on("error", reject);
		child.on("close", (code, killedBy) => resolve([code, killedBy]));
	});
	let [printed, waited] = ["", false];
	child.stdout.on("data", async (chunk: Buffer) => {
		printed += chunk;
		// One that does not wait ends by itself, on a busy machine a good while after its message.
		if (!printed.endsWith("\n") || !waits) return;
		await pause(100);
		waited = child.exitCode === null;
		child.kill(signal);
	});
	const [code, killedBy] = await ended;
	rmSync(directory, { recursive: true });
	return { printed, waited, code, killedBy };
}
