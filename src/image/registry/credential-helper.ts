import { execFile } from "node:child_process";
import * as z from "zod/mini";
import { type Credentials, credentialsOf, type HelperCall } from "./auth-file.js";
import { shown } from "./message.js";

const MAX_ANSWER = 64 * 1024;

const answerSchema = z.object({ Username: z.string(), Secret: z.string() });

/** What a helper said: credentials, that it has none, or why it could not be asked. */
export type HelperAnswer = { readonly credentials?: Credentials; readonly problem?: string };

/**
 * Runs `docker-credential-NAME get`. Its output is never shown: it may hold the secret even
 * when the helper fails.
 * @param timeout a helper may ask a keychain, a cloud, even a person, and hang. Milliseconds.
 */
export async function askHelper(
	{ helper, server }: HelperCall,
	env: Readonly<Record<string, string | undefined>>,
	timeout: number,
): Promise<HelperAnswer> {
	const program = `docker-credential-${helper}`;
	if (!/^[\w.-]+$/.test(helper)) return { problem: `"${shown(helper)}" is no name of a helper` };
	return new Promise((resolve) => {
		const limits = { timeout, killSignal: "SIGKILL", maxBuffer: MAX_ANSWER } as const;
		const child = execFile(program, ["get"], { ...limits, env: { ...env } }, (error, output) => {
			resolve(error === null ? parseAnswer(output, program) : explain(error, output, program, timeout));
		});
		// A helper that ends without reading is judged by its exit code.
		child.stdin?.on("error", () => {});
		child.stdin?.end(server);
	});
}

function parseAnswer(output: string, program: string): HelperAnswer {
	try {
		const { Username, Secret } = answerSchema.parse(JSON.parse(output));
		return Secret === "" ? {} : { credentials: credentialsOf(Username, Secret) };
	} catch {
		return { problem: `${program} gave an answer that is not understood` };
	}
}

function explain(error: Error, output: string, program: string, timeout: number): HelperAnswer {
	const { code, killed } = error as Error & { code?: unknown; killed?: boolean };
	if (code === "ENOENT") return { problem: `${program} is not on PATH` };
	if (killed) return { problem: `${program} gave no answer in ${timeout / 1000} s` };
	if (/credentials not found/i.test(output)) return {};
	return { problem: `${program} failed (${shown(String(code))})` };
}
