import { spawn } from "node:child_process";
import { InputError } from "./errors.js";

/**
 * Lets a command sign: it gets the bytes on standard input and the algorithm (`RS256`, ...) in
 * PVPKG_ALGORITHM, and writes the signature, raw or in base64, to standard output.
 * @throws InputError with the exit code of the command.
 */
export async function runSigner(
	command: string,
	algorithm: string,
	input: Uint8Array,
	signal: AbortSignal,
): Promise<Uint8Array> {
	const env = { ...process.env, PVPKG_ALGORITHM: algorithm };
	const child = spawn(command, { shell: true, env, signal, stdio: ["pipe", "pipe", "inherit"] });
	const output: Buffer[] = [];
	child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
	child.stdin.on("error", () => {}); // A signer that reads nothing fails by its exit code.
	child.stdin.end(input);
	const code = await new Promise<number | string>((resolve, reject) => {
		child.on("error", reject);
		child.on("close", (status, killedBy) => resolve(status ?? killedBy ?? "unknown"));
	});
	const signature = Buffer.concat(output);
	// The message leaves out the command, which may contain a PIN.
	if (code !== 0) throw new InputError(`--signer-cmd: sign: failed with ${code}`);
	if (signature.length === 0) throw new InputError("--signer-cmd: sign: expected a signature, got nothing");
	return decodeSignature(signature);
}

/** Decodes the signature of a program: raw, or base64 on any number of lines. */
export function decodeSignature(bytes: Uint8Array): Uint8Array {
	const text = Buffer.from(bytes).toString("latin1").replace(/\s+/g, "");
	return /^[\w+/-]+={0,2}$/.test(text) ? Buffer.from(text, "base64") : bytes;
}
