import { spawn } from "node:child_process";

/** Runs a script by sh while this process goes on. @returns standard output. @throws Error with all output. */
export function runShell(
	script: string,
	{ cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<string> {
	const child = spawn("sh", ["-ec", script], { cwd, env });
	const [out, all]: [Buffer[], Buffer[]] = [[], []];
	child.stdout.on("data", (chunk: Buffer) => {
		out.push(chunk);
		all.push(chunk);
	});
	child.stderr.on("data", (chunk: Buffer) => all.push(chunk));
	child.stdin.end();
	return new Promise((resolve, reject) => {
		child.on("error", reject);
		child.on("close", (code) => {
			if (code === 0) resolve(Buffer.concat(out).toString());
			else reject(new Error(`exit ${code}\n${script}\n${Buffer.concat(all)}`));
		});
	});
}
