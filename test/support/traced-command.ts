import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What happens to a system call: the n-th of that name, counted from 1. */
export interface Injection {
	readonly call: string;
	readonly number: number;
	readonly effect: "signal=KILL" | "error=ENOSPC";
}

/** Words in front of a command that is to meet a fault. */
export function injecting({ call, number, effect }: Injection): string[] {
	const what = `inject=${call}:${effect}:when=${number}`;
	return ["strace", "-f", "-qq", "-o", "/dev/null", "-e", `trace=${call}`, "-e", what];
}

/** Words in front of a command whose calls of these names are written to a file, one a line. */
export function tracing(calls: readonly string[], path: string): string[] {
	return ["strace", "-f", "-qq", "-o", path, "-e", `trace=${calls.join(",")}`];
}

/** How often each call was made, by the thread that made it most often: strace counts by threads. */
export function countCalls(path: string): Map<string, number> {
	const counts = new Map<string, number>();
	for (const line of readFileSync(path, "latin1").split("\n")) {
		const [, thread, call] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
		if (call !== undefined) counts.set(`${thread} ${call}`, (counts.get(`${thread} ${call}`) ?? 0) + 1);
	}
	const most = new Map<string, number>();
	for (const [key, count] of counts) {
		const call = key.split(" ")[1]!;
		most.set(call, Math.max(count, most.get(call) ?? 0));
	}
	return most;
}

/** Every file below a directory with a digest of its bytes; what only waits for a name is left out. */
export function snapshot(directory: string): Record<string, string> {
	const files: Record<string, string> = {};
	for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" }).sort()) {
		if (/(^|\/)(\.[^/]*\.pvpkg\.[^/]*\.tmp|pvpkg\.[^/]*)(\/|$)/.test(name)) continue;
		const path = join(directory, name);
		if (lstatSync(path).isFile()) files[name] = createHash("sha256").update(readFileSync(path)).digest("hex");
	}
	return files;
}
