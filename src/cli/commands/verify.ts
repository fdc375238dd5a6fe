import type { Command } from "commander";
import {
	checkAttestations,
	checkSbomDocument,
	type Finding,
	type KernelTarget,
	type PackageInput,
	PvpkgError,
	parseKernelConfig,
	parseKernelVersion,
	parsePublicKeys,
	type State,
	verifyPackage,
} from "../../internal.js";
import { AGAINST_HELP, readRunningState, withAgainst } from "../against.js";
import { type ArchitectureFlags, addArchitectureOptions, packageLabel } from "../architecture-options.js";
import { action, createCommand } from "../command.js";
import { UsageError, VerificationError } from "../errors.js";
import { readInput } from "../input-file.js";
import { withPackageInput } from "../package-input.js";
import { addPackageOptions, type PackageFlags } from "../package-options.js";
import { addServerOptions, type ServerFlags } from "../server-options.js";
import type { Session } from "../session.js";
import { addPolicyOptions, type PolicyFlags, readTrustRoot, type TrustRoot } from "../trust-options.js";
import { formatReport, formatVerdicts, plainReport, type VerifiedInput } from "../verify-report.js";

interface VerifyFlags extends PolicyFlags, PackageFlags, ServerFlags, ArchitectureFlags {
	readonly against?: string;
	readonly strict?: boolean;
	readonly sbom?: readonly string[];
	readonly attestation?: readonly string[];
	readonly attestPubkey?: string;
	readonly evidenceDir?: string;
	readonly require?: readonly string[];
	readonly kernel?: string;
	readonly kernelConfig?: string;
	readonly allowUnchecked?: boolean;
}

export function verifyCommand(): Command {
	const command = createCommand(
		"verify",
		"Check packages, checkouts or states: form, every object, images, signatures, and who made them.",
		"pvpkg verify out/web.amd64.tgz --cacerts cacerts.pem\npvpkg verify out/*.tgz --policy policy.json",
	)
		.argument("<package...>", "package file, checkout directory, or state .json")
		.option("--sbom <file...>", "SBOM that must describe this package: its state, and each of its images")
		.option("--attestation <file...>", "signed statement about the package (default: those beside it)")
		.option("--attest-pubkey <file>", "PEM public keys that may sign attestations (default: the trust root)")
		.option("--evidence-dir <dir>", "look for attestations there instead of beside the package")
		.option(
			"--require <kinds>",
			"fail without trusted attestations: list of provenance, spdx, cyclonedx",
			parseKinds,
		)
		.option("--strict", "every key, #spec too, must be covered or excluded, as strict secure boot demands")
		.option("--against <state|url>", AGAINST_HELP)
		.option("--kernel <version>", "version of the kernel that has to mount the images, such as 6.1")
		.option(
			"--kernel-config <file>",
			"configuration of that kernel: the images must not need what is not set",
		)
		.option("--allow-unchecked", "accept images that pvpkg cannot read, although kernels may");
	addArchitectureOptions(command);
	return addServerOptions(addPackageOptions(addPolicyOptions(command))).action(
		action(async (session, flags: VerifyFlags, paths: readonly string[]) => {
			const single = flags.sbom ? "sbom" : flags.attestation ? "attestation" : undefined;
			if (single !== undefined && paths.length > 1) {
				throw new UsageError(`--${single}: expected one package, got ${paths.length}`);
			}
			const result = await verifyAll(session, flags, paths);
			if (paths.length === 1) reportOne(session, result);
			else reportAll(session, result);
			const [unreadable, ...more] = result.unreadable;
			for (const { error } of more) session.terminal.error(error.message);
			if (unreadable !== undefined) throw unreadable.error;
			const failed = result.inputs.filter((input) => !input.report.ok);
			if (failed.length > 0) throw new VerificationError(describeFailure(failed));
		}),
	);
}

/** What became of all packages of a command line. */
interface VerifiedPaths {
	readonly inputs: readonly VerifiedInput[];
	readonly unreadable: readonly { readonly path: string; readonly error: PvpkgError }[];
	readonly root: TrustRoot | undefined;
}

/** Verifies every package; of several, those that cannot be read do not keep the others from being verified. */
async function verifyAll(
	session: Session,
	flags: VerifyFlags,
	paths: readonly string[],
): Promise<VerifiedPaths> {
	const root = readTrustRoot(session, flags);
	const running = flags.against ? await readRunningState(session, flags, flags.against) : undefined;
	const inputs: VerifiedInput[] = [];
	const unreadable: { path: string; error: PvpkgError }[] = [];
	for (const path of paths) {
		try {
			inputs.push(await verifyInput(session, flags, path, { root, running }));
		} catch (error) {
			if (paths.length === 1 || !(error instanceof PvpkgError)) throw error;
			unreadable.push({ path, error });
		}
	}
	return { inputs, unreadable, root };
}

async function verifyInput(
	session: Session,
	flags: VerifyFlags,
	path: string,
	{ root, running }: { readonly root: TrustRoot | undefined; readonly running: State | undefined },
): Promise<VerifiedInput> {
	const { strict, allowUnsigned, requireTrust, allowUnchecked, allowArchMismatch } = flags;
	const { trust, policy } = root ?? {};
	const kernel = readTarget(flags);
	const architecture = { label: packageLabel(path, flags), allowArchMismatch };
	const options = {
		...{ trust, policy, strict, allowUnsigned, requireTrust, allowUnchecked, kernel },
		...architecture,
	};
	return withPackageInput(path, session, flags, async (input) => {
		const { attestations, ...attested } = await checkAttested(input, flags, root);
		const findings = [
			...(input.findings ?? []),
			...(await checkSboms(input, flags.sbom)),
			...attested.findings,
		];
		const kinds = attestations.flatMap(({ attested: kind }) => kind ?? []);
		const demand = { require: flags.require, attested: kinds };
		const report = await verifyPackage({ ...input, findings }, { ...options, ...demand, whole: input.whole });
		const verified = { path, report, attestations };
		return running === undefined ? verified : withAgainst(verified, running, input.state, options);
	});
}

/** Checks the attestations that the flags name; by default those beside the package. */
function checkAttested(
	{ kind, path, state }: PackageInput,
	{ attestation, evidenceDir, attestPubkey, require }: VerifyFlags,
	root: TrustRoot | undefined,
) {
	if (attestPubkey !== undefined && root?.policy !== undefined) {
		throw new UsageError("--attest-pubkey and --policy: cannot be given together");
	}
	const keys = attestPubkey && { publicKeys: parsePublicKeys(readInput(attestPubkey), attestPubkey) };
	return checkAttestations(state, {
		path: kind === "package" ? path : undefined,
		paths: attestation,
		directory: evidenceDir,
		trust: keys || root?.trust,
		policy: root?.policy,
		strict: require !== undefined || attestPubkey !== undefined,
	});
}

function parseKinds(text: string): string[] {
	const kinds = text.split(",").map((word) => word.trim());
	const unknown = kinds.find((kind) => !["provenance", "spdx", "cyclonedx"].includes(kind));
	if (unknown === undefined) return kinds;
	throw new UsageError(`--require: expected a list of provenance, spdx and cyclonedx, got ${unknown}`);
}

async function checkSboms({ state }: PackageInput, paths: readonly string[] = []): Promise<Finding[]> {
	const checks = paths.map((path) => checkSbomDocument(readInput(path), state, path));
	return (await Promise.all(checks)).flat();
}

/** Returns the kernel that must be able to mount the images; undefined where the flags name none. */
function readTarget({ kernel, kernelConfig }: VerifyFlags): KernelTarget | undefined {
	if (kernel !== undefined && kernelConfig !== undefined) {
		throw new UsageError("--kernel and --kernel-config: cannot be given together");
	}
	if (kernel !== undefined) return parseKernelVersion(kernel);
	if (kernelConfig === undefined) return undefined;
	return parseKernelConfig(Buffer.from(readInput(kernelConfig)).toString("latin1"), kernelConfig);
}

function reportOne({ terminal }: Session, { inputs, root }: VerifiedPaths): void {
	for (const input of inputs) {
		const text = formatReport(input, root, terminal.verbosity);
		terminal.result<"verify">(text, plainReport(input, root));
	}
}

/** Reports several packages: the findings of each, and a table of the verdicts. */
function reportAll({ terminal }: Session, { inputs, unreadable, root }: VerifiedPaths): void {
	const { verbosity } = terminal;
	const reports = inputs.map((input) => formatReport(input, root, verbosity));
	const paths = unreadable.map(({ path }) => path);
	const text =
		verbosity === "quiet"
			? reports.join("\n")
			: [...reports, formatVerdicts(inputs, paths, root)].join("\n\n");
	terminal.result<"verify">(text, {
		ok: unreadable.length === 0 && inputs.every((input) => input.report.ok),
		packages: inputs.map((input) => plainReport(input, root)),
		unreadable: unreadable.map(({ error: { code, message } }) => ({ code, message })),
	});
}

function describeFailure(failed: readonly VerifiedInput[]): string {
	const errors = failed.flatMap(({ report: { findings } }) =>
		findings.filter(({ severity }) => severity === "error"),
	).length;
	const names = failed.map(({ path }) => path).join(", ");
	return `${names}: verify: failed, ${errors} ${errors === 1 ? "error" : "errors"}`;
}
