import { encodeState, type State } from "../../pantavisor/state/index.js";
import type { VerifyOptions } from "../../verify/index.js";
import { type RemoteAddress, type ServerOptions, withServer } from "../repository/index.js";
import { DeviceClient, shownText } from "./client.js";
import { DeviceError } from "./errors.js";
import { type FollowOptions, followRevision } from "./follow.js";
import { type Interruption, noteInterruption } from "./interruption.js";
import { openParcel } from "./parcel.js";
import { type PushedPackage, type PushPlan, planPush } from "./plan.js";
import { isFailed, type RevisionProgress } from "./progress.js";
import { followReturn, rollbackError } from "./rollback.js";
import { Transaction } from "./transaction.js";

/** How long a device may take at most to send the logs of a revision that it gave up. Milliseconds. */
const LOG_WAIT = 30_000;
/** Characters of their end that are reported. */
const SHOWN_LOGS = 16_384;

export interface PushRequest {
	readonly device: RemoteAddress;
	/** In the order in which they are added. */
	readonly packages: readonly PushedPackage[];
	/** Absent: what the packages make of the device's state is shown, but no reason to stop. */
	readonly verify?: VerifyOptions | undefined;
	/** Stops after the plan, whatever is wrong with it. */
	readonly dryRun?: boolean | undefined;
	/** False: only commits. Default true. */
	readonly run?: boolean | undefined;
	/** Discards a transaction that is open. */
	readonly abortOpen?: boolean | undefined;
	/** Replaces the whole state of the device; the packages must have `bsp/`. */
	readonly replace?: boolean | undefined;
	/** Sends also the objects that the device's state names. */
	readonly whole?: boolean | undefined;
	/** How long the device may take to settle on the revision. Milliseconds. */
	readonly wait: number;
	readonly temporaryDirectory: string;
}

/** Events of a push. */
export interface PushEvents
	extends Pick<FollowOptions, "onProgress" | "onReachable">,
		Pick<Interruption, "onInterrupt"> {
	readonly onPlan?: ((plan: PushPlan) => void) | undefined;
	/** Of the package that is being sent. Bytes. */
	readonly onSent?: ((path: string, sent: number, size: number) => void) | undefined;
	readonly onCommit?: ((revision: string) => void) | undefined;
	/** Called when the device has given the revision up: it goes back to the one that it ran before. */
	readonly onReturn?: (() => void) | undefined;
	/** What the device logged about a revision that it went back from. */
	readonly onLogs?: ((text: string) => void) | undefined;
}

export interface PushResult {
	readonly plan: PushPlan;
	/** Absent after a dry run. */
	readonly revision?: string | undefined;
	/** Absent unless the revision was run. */
	readonly progress?: RevisionProgress | undefined;
}

/**
 * Brings packages onto a device: reads its state, plans, and then begins a transaction, adds, commits, runs and
 * follows (docs/formats/delivery.md#the-pvtx-interface). Never begins over an open transaction. What fails before `run` leaves
 * the device with the revision that it runs, and the transaction is discarded; the message says so.
 *
 * @throws DeviceError; RepositoryError; RegistryError for a device that cannot be reached; what packages throw.
 */
export async function pushPackages(
	request: PushRequest,
	server: ServerOptions,
	events: PushEvents = {},
): Promise<PushResult> {
	checkReplace(request);
	return withServer(request.device.url, server, async (client) => {
		const device = new DeviceClient(client, server.signal);
		const running = await device.state();
		const plan = await planFor(request, running);
		events.onPlan?.(plan);
		if (request.dryRun) return { plan };
		if (request.verify !== undefined) checkPlan(plan, device);
		const revision = await commitPackages(request, { device, running, plan, server, events });
		events.onCommit?.(revision);
		if (request.run === false) return { plan, revision };
		const how = { wait: request.wait, signal: server.signal };
		return { plan, revision, progress: await runRevision(device, revision, how, events) };
	});
}

/** Makes a device go to a revision that it holds, and follows it. @throws as `pushPackages` */
export function runRevision(
	device: DeviceClient,
	revision: string,
	{ wait, signal }: Pick<PushRequest, "wait"> & Pick<Interruption, "signal">,
	events: PushEvents,
): Promise<RevisionProgress> {
	const advice = `"pvpkg device status ${device.address} ${revision}" shows how it ends`;
	const note = (): string => `${device.name}: interrupted; the device may go to ${revision}: ${advice}`;
	const work = (): Promise<RevisionProgress> => runAndFollow(device, revision, wait, events);
	return noteInterruption({ signal, onInterrupt: events.onInterrupt }, note, work);
}

async function runAndFollow(
	device: DeviceClient,
	revision: string,
	wait: number,
	events: PushEvents,
): Promise<RevisionProgress> {
	const before = await device.state().catch(() => undefined);
	try {
		await device.run(revision);
	} catch (error) {
		// The device may have heard it all the same, and restart already.
		if (!isLost(error)) throw notRunError(device, revision, error);
	}
	const progress = await followRevision(device, revision, { ...events, wait });
	if (!isFailed(progress)) return progress;
	events.onReturn?.();
	const where = before === undefined ? "unknown" : await followReturn(device, before);
	if (events.onLogs !== undefined) events.onLogs(await lastLogs(device, revision, Math.min(LOG_WAIT, wait)));
	throw rollbackError(device, revision, progress, where);
}

/** The end of what a device logged about a revision; nothing where it does not say. */
async function lastLogs(device: DeviceClient, revision: string, limit: number): Promise<string> {
	const query = { rev: revision, tail: "true", tailn: "40" } as const;
	const logs = await device.within(limit, (asked) => asked.logs(query)).catch(() => "");
	// A device that does not know "tailn" sends all.
	return logs.slice(-SHOWN_LOGS);
}

/** The error of a device that does not go to a revision: it is busy with an update, for instance. */
function notRunError(device: DeviceClient, revision: string, error: unknown): unknown {
	if (!(error instanceof DeviceError) || error.code !== "ERR_DEVICE_REFUSED") return error;
	const advice = `the revision is stored, and not run: "pvpkg device run ${device.address} ${revision}" runs it`;
	return new DeviceError(error.code, `${error.message}; ${advice}`, { cause: error });
}

interface Work {
	readonly device: DeviceClient;
	readonly running: State;
	readonly plan: PushPlan;
	readonly server: ServerOptions;
	readonly events: PushEvents;
}

/** Makes a revision of the packages in a transaction of our own. @returns its name. */
async function commitPackages(request: PushRequest, work: Work): Promise<string> {
	const { device, running, events } = work;
	const transaction = await Transaction.begin(device, {
		empty: request.replace === true,
		abortOpen: request.abortOpen === true,
		signal: work.server.signal,
		onInterrupt: events.onInterrupt,
	});
	return transaction.finish(async () => {
		// Another client may have changed the device since its state was read.
		const isMoved = !request.replace && encodeState(transaction.base) !== encodeState(running);
		const plan = isMoved ? await planFor(request, transaction.base) : work.plan;
		if (isMoved && request.verify !== undefined) checkPlan(plan, device);
		const leaveOut = new Set(plan.objects.filter(({ present }) => present).map(({ sha256 }) => sha256));
		for (const pushed of request.packages) {
			const onSent = (sent: number, size: number): void => events.onSent?.(pushed.path, sent, size);
			const left = request.whole ? new Set<string>() : leaveOut;
			const parcel = await openParcel(pushed, left, request.temporaryDirectory, onSent);
			try {
				await transaction.add(parcel);
			} finally {
				parcel.close();
			}
		}
		await transaction.expect(plan.against.state);
	});
}

function planFor({ packages, replace, verify }: PushRequest, running: State): Promise<PushPlan> {
	return planPush(running, packages, { replace: replace === true, verify });
}

function checkPlan({ against }: PushPlan, device: DeviceClient): void {
	const errors = against.findings.filter(({ severity }) => severity === "error");
	const [first] = errors;
	if (first === undefined) return;
	const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
	const message = `${device.name}: plan: ${shownText(first.subject)}: ${first.message}${more}; nothing was sent`;
	throw new DeviceError("ERR_DEVICE_PLAN", message);
}

/** A device without its kernel and drivers does not start again. */
function checkReplace({ replace, packages }: PushRequest): void {
	const hasBsp = packages.some(({ state }) => [...state.keys()].some((key) => key.startsWith("bsp/")));
	if (!replace || hasBsp) return;
	const paths = packages.map(({ path }) => path).join(", ");
	const message = `${paths}: replace: expected a package with bsp/, got none: the device could not start again`;
	throw new DeviceError("ERR_DEVICE_PLAN", message);
}

function isLost(error: unknown): boolean {
	return (error as { kind?: unknown }).kind === "transport";
}
