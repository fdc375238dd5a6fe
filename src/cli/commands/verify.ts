import type { Command } from "commander";
import {
	checkSbomDocument,
	type Finding,
	PvpkgError,
	readSquashfs,
	type State,
	verifyPackage,
} from "../../index.js";
import { AGAINST_HELP, readRunningState, withAgainst } from "../against.js";
import { readInput } from "../app-options.js";
import { action, createCommand } from "../command.js";
import { UsageError, VerificationError } from "../errors.js";
import { type PackageInput, withPackageInput } from "../package-input.js";
import { addPackageOptions, type PackageFlags } from "../package-options.js";
import { addServerOptions, type ServerFlags } from "../server-options.js";
import type { Session } from "../session.js";
import { addPolicyOptions, type PolicyFlags, readTrustRoot, type TrustRoot } from "../trust-options.js";
import { formatReport, formatVerdicts, plainReport, type VerifiedInput } from "../verify-report.js";

interface VerifyFlags extends PolicyFlags, PackageFlags, ServerFlags {
	readonly against?: string;
	readonly strict?: boolean;
	readonly sbom?: readonly string[];
}

export function verifyCommand(): Command {
	const command = createCommand(
		"verify",
		"Check packages, checkouts or states: form, every object, images, signatures, and who made them.",
		"pvpkg verify out/web.amd64.tgz --cacerts cacerts.pem\npvpkg verify out/*.tgz --policy policy.json",
	)
		.argument("<package...>", "package file, checkout directory, or state .json")
		.option("--sbom <file...>", "SBOM that must be about the package: its state, and each of its images")
		.option("--strict", "every key, #spec too, must be covered or excluded, as strict secure boot demands")
		.option("--against <state|url>", AGAINST_HELP);
	return addServerOptions(addPackageOptions(addPolicyOptions(command))).action(
		action(async (session, flags: VerifyFlags, paths: readonly string[]) => {
			if (flags.sbom !== undefined && paths.length > 1) {
				throw new UsageError(`--sbom: expected one package, got ${paths.length}`);
			}
			const root = readTrustRoot(session, flags);
			const running = flags.against && (await readRunningState(session, flags, flags.against));
			const inputs: VerifiedInput[] = [];
			const unreadable: PvpkgError[] = [];
			for (const path of paths) {
				try {
					inputs.push(await verifyInput(session, flags, root, path, running || undefined));
				} catch (error) {
					if (paths.length === 1 || !(error instanceof PvpkgError)) throw error;
					unreadable.push(error);
					session.terminal.error(error.message);
				}
			}
			report(session, inputs, unreadable, root, paths.length);
			if (unreadable[0] !== undefined) throw unreadable[0];
			const failed = inputs.filter((input) => !input.report.ok);
			if (failed.length > 0) throw new VerificationError(describeFailure(failed));
		}),
	);
}

async function verifyInput(
	session: Session,
	flags: VerifyFlags,
	root: TrustRoot | undefined,
	path: string,
	running: State | undefined,
): Promise<VerifiedInput> {
	const { strict, allowUnsigned, requireTrust } = flags;
	const options = { trust: root?.trust, policy: root?.policy, strict, allowUnsigned, requireTrust };
	return withPackageInput(path, session, flags, async (input) => {
		const findings = [...(input.findings ?? []), ...(await checkSboms(input, flags.sbom))];
		const report = await verifyPackage({ ...input, findings }, { ...options, checkImage: readImageThrough });
		const verified = { path, report };
		return running === undefined ? verified : withAgainst(verified, running, input.state, options);
	});
}

async function checkSboms({ state }: PackageInput, paths: readonly string[] = []): Promise<Finding[]> {
	const checks = paths.map((path) => checkSbomDocument(readInput(path), state, path));
	return (await Promise.all(checks)).flat();
}

/** Every byte of every file of a squashfs, as the kernel will ask for them. */
async function readImageThrough(image: Parameters<typeof readSquashfs>[0]): Promise<void> {
	for await (const entry of readSquashfs(image)) {
		for await (const _ of entry.body);
	}
}

/** One package is reported in full; several in a table below their findings. */
function report(
	{ terminal }: Session,
	inputs: readonly VerifiedInput[],
	unreadable: readonly PvpkgError[],
	root: TrustRoot | undefined,
	asked: number,
): void {
	const all = terminal.verbosity === "verbose";
	const [only] = inputs;
	if (asked === 1) {
		terminal.result(formatReport(only!, root, all), plainReport(only!, root));
		return;
	}
	const reports = inputs.map((input) => formatReport(input, root, all));
	const text = [...reports, formatVerdicts(inputs, root)].join("\n\n");
	terminal.result(text, {
		ok: unreadable.length === 0 && inputs.every((input) => input.report.ok),
		packages: inputs.map((input) => plainReport(input, root)),
		unreadable: unreadable.map(({ code, message }) => ({ code, message })),
	});
}

function describeFailure(failed: readonly VerifiedInput[]): string {
	const errors = failed.flatMap(({ report: { findings } }) =>
		findings.filter(({ severity }) => severity === "error"),
	).length;
	const names = failed.map(({ path }) => path).join(", ");
	return `${names}: verify: failed, ${errors} ${errors === 1 ? "error" : "errors"}`;
}
