import { execFile } from "node:child_process";
import * as z from "zod/mini";
import { type Credentials, credentialsOf, type HelperCall } from "./auth-file.js";
import { RegistryError } from "./errors.js";
import { shown } from "./message.js";

type Variables = Readonly<Record<string, string | undefined>>;

const MAX_ANSWER = 64 * 1024;

const answerSchema = z.object({ Username: z.string(), Secret: z.string() });

/** The answer of a helper: credentials, that it has none, or why asking failed. */
export type HelperAnswer = { readonly credentials?: Credentials; readonly problem?: string };

/**
 * Runs `docker-credential-NAME get`. Its output is never shown, as it may contain the secret even when the helper
 * fails.
 * @param timeout in milliseconds, as a helper may ask a keychain, a cloud, even a person, and hang.
 */
export async function askHelper(
	{ helper, server }: HelperCall,
	env: Variables,
	timeout: number,
): Promise<HelperAnswer> {
	const program = `docker-credential-${helper}`;
	if (!isHelperName(helper)) return { problem: `"${shown(helper)}" is not a name of a helper` };
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

/**
 * Runs `docker-credential-NAME store` to save credentials, or `erase` to delete them.
 * @param input for the helper.
 * @throws RegistryError ERR_REGISTRY_CONFIG; the helper's output is not shown.
 */
export async function tellHelper(
	{ helper }: HelperCall,
	action: "store" | "erase",
	input: string,
	{ env, timeout }: { readonly env: Variables; readonly timeout: number },
): Promise<void> {
	const program = `docker-credential-${helper}`;
	if (!isHelperName(helper)) {
		throw new RegistryError(
			"ERR_REGISTRY_CONFIG",
			`"${shown(helper)}": expected the name of a credential helper`,
		);
	}
	const answer = await new Promise<HelperAnswer>((resolve) => {
		const limits = { timeout, killSignal: "SIGKILL", maxBuffer: MAX_ANSWER } as const;
		const child = execFile(program, [action], { ...limits, env: { ...env } }, (error, output) => {
			resolve(error === null ? {} : explain(error, output, program, timeout));
		});
		child.stdin?.on("error", () => {});
		child.stdin?.end(input);
	});
	if (answer.problem === undefined) return;
	throw new RegistryError("ERR_REGISTRY_CONFIG", `${program}: ${action} credentials: ${answer.problem}`);
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

function isHelperName(helper: string): boolean {
	return /^[\w.-]+$/.test(helper);
}
