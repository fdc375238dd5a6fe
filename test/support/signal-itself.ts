import { isMainThread } from "node:worker_threads";

// Loaded before the program (`node --import`): sends it a signal as soon as it prints a text on standard error. A signal
// from outside could arrive when a program that is quick has long ended.

const { PVPKG_TEST_SIGNAL: signal, PVPKG_TEST_SIGNAL_AFTER: text } = process.env;

if (isMainThread && signal !== undefined && text !== undefined) {
	const write = process.stderr.write.bind(process.stderr) as (...all: unknown[]) => boolean;
	let isSent = false;
	process.stderr.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
		const isTaken = write(chunk, ...rest);
		if (!isSent && chunk.toString().includes(text)) {
			isSent = true;
			process.kill(process.pid, signal);
		}
		return isTaken;
	};
}
