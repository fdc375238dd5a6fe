import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
	type PushEvents,
	type PushedPackage,
	type PushRequest,
	type PushResult,
	pushPackages,
} from "../../src/delivery/device/index.js";
import { parseRemoteAddress, type ServerOptions } from "../../src/delivery/repository/index.js";
import { writeArchive } from "../../src/pantavisor/package/index.js";
import { DeviceModel } from "./device-model.js";
import { MemorySink } from "./memory-sink.js";
import { type MadePackage, makePackage, webPart } from "./packages.js";

const closing: (() => unknown)[] = [];

/** Ends all that the functions below made: for `afterEach`. */
export async function closeDevices(): Promise<void> {
	for (const close of closing.splice(0).reverse()) await close();
}

export async function startDevice(...how: Parameters<typeof DeviceModel.start>): Promise<DeviceModel> {
	const model = await DeviceModel.start(...how);
	closing.push(() => model.close());
	return model;
}

function temporaryDirectory(): string {
	const directory = mkdtempSync(join(tmpdir(), "pvpkg-device-"));
	closing.push(() => rmSync(directory, { recursive: true, force: true }));
	return directory;
}

/** Writes a package file. */
export async function packageFile(
	made: MadePackage = makePackage(webPart()),
	{ gzip = true }: { readonly gzip?: boolean } = {},
): Promise<PushedPackage> {
	const sink = new MemorySink();
	await writeArchive(made.state, made.objects, sink, { gzip });
	const path = join(temporaryDirectory(), gzip ? "web.tgz" : "web.tar");
	writeFileSync(path, sink.bytes);
	return { path, ...made };
}

/** Options of a client that waits in no time, by a clock that its pauses advance. */
function quickServer(options: ServerOptions = {}): ServerOptions {
	let now = 0;
	return {
		timeout: 60_000,
		retries: 2,
		now: () => now,
		sleep: async (milliseconds) => {
			now += milliseconds;
		},
		...options,
	};
}

/** Pushes to a model; a state that is only plausible is not a reason to stop. */
export function pushTo(
	model: { readonly url: string },
	packages: readonly PushedPackage[],
	request: Partial<PushRequest> = {},
	events: PushEvents = {},
	options: ServerOptions = {},
): Promise<PushResult> {
	const device = parseRemoteAddress(model.url);
	const whole = { device, packages, wait: 60_000, temporaryDirectory: temporaryDirectory(), ...request };
	return pushPackages(whole, quickServer(options), events);
}
