import { basename } from "node:path";
import { type Command, Option } from "commander";
import {
	openPackage,
	type Package,
	type PushEvents,
	type PushResult,
	pushPackages,
	type RevisionProgress,
	shownText,
	type VerifyOptions,
	verifyPackage,
} from "../../internal.js";
import { type ArchitectureFlags, addArchitectureOptions, packageLabel } from "../architecture-options.js";
import { action, createCommand } from "../command.js";
import type { PushedRevision } from "../documents/documents.js";
import { VerificationError } from "../errors.js";
import { numberOption } from "../option-values.js";
import { addPackageOptions, type PackageFlags, packageReadOptions } from "../package-options.js";
import { createProgress, type ProgressMode, parseProgressMode } from "../progress.js";
import { formatPushPlan, plainPushPlan } from "../push-report.js";
import {
	addServerOptions,
	DEVICE_HELP,
	parseDevice,
	type ServerFlags,
	serverOptions,
} from "../server-options.js";
import type { Session } from "../session.js";
import { addPolicyOptions, type PolicyFlags, readTrustRoot } from "../trust-options.js";

interface PushFlags extends ServerFlags, PolicyFlags, PackageFlags, ArchitectureFlags {
	readonly dryRun?: boolean;
	/** False with --no-run. */
	readonly run: boolean;
	/** False with --no-verify. */
	readonly verify: boolean;
	readonly abortOpen?: boolean;
	readonly replace?: boolean;
	readonly whole?: boolean;
	readonly strict?: boolean;
	/** Seconds. */
	readonly wait?: number;
	readonly progress?: ProgressMode;
}

/** How long a device may take to settle on a revision. Seconds. */
const DEFAULT_WAIT = 900;

/** An update without a restart becomes a rollback point with the next restart. */
const NO_ROLLBACK_POINT =
	"the device sets its rollback point at the next restart; until then a failing revision takes it back to an older one";

export function pushCommand(): Command {
	const command = createCommand(
		"push",
		"Install packages on a device, run them, and wait until the device has accepted them or rolled back.",
		"pvpkg push 192.168.1.20 out/web.arm64v8.tgz --dry-run\npvpkg push http://192.168.1.20:12368 out/web.arm64v8.tgz",
	)
		.argument("<device>", DEVICE_HELP)
		.argument("<package...>", "package files, in the order in which they are added")
		.option("--dry-run", "show what would change and what has to be sent; open no transaction")
		.option("--no-run", "only store the new revision on the device ('pvpkg device run' runs it)")
		.option("--no-verify", "check neither the packages nor the state that the device would have")
		.option("--strict", "every key, #spec too, must be covered or excluded, as strict secure boot demands")
		.option("--abort-open", "discard an open transaction of the device")
		.option("--replace", "replace the whole state of the device; needs a package with bsp/")
		.option("--whole", "send also the objects that the device's state names")
		.addOption(
			new Option(
				"--wait <seconds>",
				`longest time to wait for the device (default: ${DEFAULT_WAIT})`,
			).argParser(numberOption("--wait")),
		)
		.addOption(
			new Option("--progress <mode>", "auto: bars on a terminal, else lines; plain: lines; none")
				.argParser(parseProgressMode)
				.env("PVPKG_PROGRESS"),
		);
	addArchitectureOptions(command);
	return addPackageOptions(addPolicyOptions(addServerOptions(command))).action(
		action(async (session, flags: PushFlags, device: string, paths: readonly string[]) => {
			const opened: (Package & { readonly path: string })[] = [];
			try {
				for (const path of paths) {
					opened.push({ path, ...(await openPackage(path, packageReadOptions(session, flags))) });
				}
				await push(session, flags, device, opened);
			} finally {
				for (const one of opened) one.close();
			}
		}),
	);
}

async function push(
	session: Session,
	flags: PushFlags,
	text: string,
	packages: readonly (Package & { readonly path: string })[],
): Promise<void> {
	const { terminal, temporaryDirectory } = session;
	const verify = flags.verify ? verifyOptions(session, flags) : undefined;
	if (verify !== undefined) {
		for (const one of packages) {
			await checkPackage(session, one, { ...verify, label: packageLabel(one.path, flags) });
		}
	}
	const device = parseDevice(text, session);
	const { dryRun, run, abortOpen, replace, whole, wait = DEFAULT_WAIT } = flags;
	const request = {
		...{ device, packages, verify, dryRun, run, abortOpen, replace, whole },
		...{ wait: wait * 1000, temporaryDirectory },
	};
	const progress = createProgress(terminal, flags.progress);
	try {
		const result = await pushPackages(request, serverOptions(session, flags), {
			...pushEvents(session, dryRun === true),
			onSent: (path, done, total) =>
				progress.report({ platform: basename(path), phase: "send", done, total }),
			onCommit: (revision) => {
				progress.stop();
				terminal.info(`committed as ${revision}`);
			},
		});
		progress.stop();
		if (result.progress?.status === "UPDATED") terminal.info(NO_ROLLBACK_POINT);
		if (dryRun) reportDryRun(session, device.url, result, flags.verify);
		else terminal.report<"push">(resultText(result), { device: device.url.href, ...plainResult(result) });
	} finally {
		progress.stop();
	}
}

function verifyOptions(session: Session, flags: PushFlags): VerifyOptions {
	const root = readTrustRoot(session, flags);
	const { strict, allowUnsigned, requireTrust, allowArchMismatch } = flags;
	if (root === undefined && flags.trust) {
		session.terminal.warn("nobody is trusted (--cacerts, --pubkey, --policy): only the structure is judged");
	}
	const { trust, policy } = root ?? {};
	return { trust, policy, strict, allowUnsigned, requireTrust, allowArchMismatch };
}

/** Prints the plan. @throws VerificationError where a push would stop at it. */
function reportDryRun({ terminal }: Session, url: URL, result: PushResult, verified: boolean): void {
	terminal.result<"push">(formatPushPlan(result.plan), { device: url.href, ...plainResult(result) });
	if (!verified || result.plan.against.ok) return;
	throw new VerificationError(
		`${url.host}: plan: the state that the device would have is not sound; nothing was sent`,
	);
}

/** The checks of `verify`; findings are printed. @throws VerificationError */
async function checkPackage(
	{ terminal }: Session,
	opened: Package & { readonly path: string },
	options: VerifyOptions,
): Promise<void> {
	const { findings, ok } = await verifyPackage(opened, options);
	for (const { severity, subject, message } of findings) {
		const line = `${opened.path}: ${subject}: ${message}`;
		if (severity === "error") terminal.error(line);
		else if (severity === "warning") terminal.warn(line);
		else terminal.debug(line);
	}
	if (!ok)
		throw new VerificationError(
			`${opened.path}: verify: failed; nothing was sent (--no-verify sends it anyway)`,
		);
}

function pushEvents(session: Session, dryRun: boolean): PushEvents {
	const onPlan: PushEvents["onPlan"] = (plan) => dryRun || session.terminal.info(formatPushPlan(plan));
	return { ...revisionEvents(session), onPlan };
}

/** Prints what becomes of a revision that a device is to run. */
export function revisionEvents({ terminal }: Session): PushEvents {
	return {
		onProgress: (progress) => terminal.info(formatRevisionProgress(progress)),
		onReachable: (reachable) =>
			terminal.info(reachable ? "the device answers again" : "the device does not answer; it may restart"),
		onReturn: () => terminal.info("the device goes back to the revision that it ran before"),
		onInterrupt: (message) => terminal.warn(message),
		onLogs: (text) =>
			terminal.info(text === "" ? "the device has no logs of it" : `logs of the device:\n${text}`),
	};
}

/** Returns the progress as one line without control characters: `TESTING 95 %: Awaiting …`. */
export function formatRevisionProgress({ status, percent, message }: RevisionProgress): string {
	return `${shownText(status)} ${percent} %${message === "" ? "" : `: ${shownText(message)}`}`;
}

function resultText({ revision, progress }: PushResult): string {
	if (revision === undefined) return "";
	return progress === undefined ? `${revision} is stored, and not run` : `${revision} runs`;
}

function plainResult({ plan, revision, progress }: PushResult): Omit<PushedRevision, "device"> {
	return { plan: plainPushPlan(plan), revision, progress };
}
