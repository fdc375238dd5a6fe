import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, release, tmpdir } from "node:os";
import { join } from "node:path";

/** What one run of a program took. */
export interface Measurement {
	/** Seconds on the clock. */
	readonly wall: number;
	/** Seconds of processor time, all threads. */
	readonly cpu: number;
	/** Most bytes in memory. */
	readonly memory: number;
}

/**
 * Runs a program under GNU time: its processes and their children together, the largest one's memory.
 * @throws Error with what the program said when it fails.
 */
export function measure(command: readonly string[], input?: string): Measurement {
	const directory = mkdtempSync(join(tmpdir(), "pvpkg-bench-"));
	const report = join(directory, "time");
	try {
		const shell =
			input === undefined
				? command.map(quote).join(" ")
				: `${command.map(quote).join(" ")} < ${quote(input)}`;
		const run = spawnSync("/usr/bin/time", ["-f", "%e %U %S %M", "-o", report, "sh", "-c", `exec ${shell}`]);
		if (run.status !== 0) throw new Error(`${command.join(" ")}: ${run.stderr}`);
		const [wall, user, system, kibibytes] = readFileSync(report, "utf8").trim().split(" ").map(Number);
		return { wall: wall!, cpu: user! + system!, memory: kibibytes! * 1024 };
	} finally {
		rmSync(directory, { recursive: true });
	}
}

export function median(values: readonly number[]): number {
	const sorted = values.toSorted((a, b) => a - b);
	const middle = sorted.length >> 1;
	return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The machine, in a line. */
export function machine(): string {
	const processors = cpus();
	return `${processors.length} × ${processors[0]?.model.trim()}, Linux ${release()}, Node ${process.version}`;
}

function quote(word: string): string {
	return `'${word.replaceAll("'", "'\\''")}'`;
}
