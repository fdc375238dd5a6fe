import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Descriptor, parseReference } from "../../src/image/oci/index.js";
import { openRegistry, type RegistryOptions, type RegistrySource } from "../../src/image/registry/index.js";
import { ForwardProxy } from "./forward-proxy.js";
import { TestRegistry } from "./registry.js";

/** A client of a test registry, that waits in no time and writes down what it is told. */
export interface TestClient {
	readonly source: RegistrySource;
	/** Pauses that it made. Milliseconds. */
	readonly pauses: number[];
	readonly warnings: string[];
	readonly notes: string[];
	/** Its clock. Milliseconds. */
	readonly clock: { now: number };
}

/** How long a server may be silent where a test does not count on it: far longer than a busy machine stands still. Milliseconds. */
export const PATIENCE: number = 60_000;

const opened: { close(): Promise<void> }[] = [];

/** Ends all that the functions below made: for `afterEach`. */
export async function closeAll(): Promise<void> {
	for (const one of opened.splice(0).reverse()) await one.close();
}

export async function startRegistry(tls?: Parameters<typeof TestRegistry.start>[0]): Promise<TestRegistry> {
	const registry = await TestRegistry.start(tls);
	opened.push(registry);
	return registry;
}

export async function startProxy(...how: Parameters<typeof ForwardProxy.start>): Promise<ForwardProxy> {
	const proxy = await ForwardProxy.start(...how);
	opened.push(proxy);
	return proxy;
}

/** A directory with these files (path → text), executable ones where the text is a script. */
export function directoryOf(files: Readonly<Record<string, string>>): string {
	const directory = mkdtempSync(join(tmpdir(), "pvpkg-test-"));
	opened.push({ close: async () => rmSync(directory, { recursive: true, force: true }) });
	for (const [name, text] of Object.entries(files)) {
		mkdirSync(dirname(join(directory, name)), { recursive: true });
		writeFileSync(join(directory, name), text, { mode: text.startsWith("#!") ? 0o755 : 0o644 });
	}
	return directory;
}

/** A client for `reference` (without a registry: at `host`). */
export function connect(host: string, reference: string, options: RegistryOptions = {}): TestClient {
	const client = {
		pauses: [] as number[],
		warnings: [] as string[],
		notes: [] as string[],
		clock: { now: 0 },
	};
	const source = openRegistry(parseReference(`${host}/${reference}`), {
		timeout: PATIENCE,
		sleep: async (milliseconds) => {
			client.pauses.push(milliseconds);
			client.clock.now += milliseconds;
		},
		now: () => client.clock.now,
		onWarning: (message) => client.warnings.push(message),
		onDebug: (message) => client.notes.push(message),
		...options,
	});
	opened.push(source);
	return { source, ...client };
}

export async function readBlob(client: TestClient, descriptor: Descriptor, offset?: number): Promise<Buffer> {
	const chunks: Uint8Array[] = [];
	for await (const chunk of client.source.openBlob(descriptor, undefined, offset)) chunks.push(chunk);
	return Buffer.concat(chunks);
}

/** The error of something that must fail. */
export async function failure(work: Promise<unknown>): Promise<Error & { code: string }> {
	try {
		await work;
	} catch (error) {
		return error as Error & { code: string };
	}
	throw new Error("expected an error");
}
