import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";

/** Whether a program is on PATH. */
export function have(program: string): boolean {
	return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

export const isRoot: boolean = process.getuid?.() === 0;

/** A Python that has a module: Debian's own may have it where the first one on PATH does not. */
export function pythonWith(module: string): string | undefined {
	return ["python3", "/usr/bin/python3"].find(
		(program) => spawnSync(program, ["-c", `import ${module}`]).status === 0,
	);
}

/** Runs a program to its end. @throws Error with its output when it fails. */
export function run(program: string, ...args: readonly string[]): string {
	const { status, stdout, stderr, error } = spawnSync(program, args, {
		encoding: "utf8",
		maxBuffer: 1 << 30,
	});
	if (error) throw error;
	if (status !== 0) throw new Error(`${program} ${args.join(" ")}: exit ${status}\n${stdout}${stderr}`);
	return stdout;
}

/** Runs a program while this process goes on, as one that it talks to has to. */
export async function runBeside(program: string, ...args: readonly string[]): Promise<string> {
	return (await promisify(execFile)(program, args, { encoding: "utf8" })).stdout;
}

/** What a program makes of `input` on its standard input. @throws Error when it fails. */
export function filterThrough(input: Uint8Array, program: string, ...args: readonly string[]): Buffer {
	const { status, stdout, stderr, error } = spawnSync(program, args, { input, maxBuffer: 1 << 30 });
	if (error) throw error;
	if (status !== 0) throw new Error(`${program} ${args.join(" ")}: exit ${status}\n${stderr}`);
	return stdout;
}
