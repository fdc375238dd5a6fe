import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type Command, Option } from "commander";
import { type Policy, parseCertificates, parsePolicy, parsePublicKeys, type Trust } from "../internal.js";
import { UsageError } from "./errors.js";
import { readInput } from "./input-file.js";
import { inGroup } from "./option-group.js";
import { collect } from "./option-values.js";
import type { Session } from "./session.js";

export interface TrustFlags {
	readonly pubkey?: string;
	readonly cacerts?: string;
	/** False with --no-dates. */
	readonly dates: boolean;
}

export interface PolicyFlags extends TrustFlags {
	/** False with --no-trust. */
	readonly trust: boolean;
	readonly policy?: string;
	readonly allowUnsigned?: readonly string[];
	readonly requireTrust?: boolean;
}

/** Who vouches for packages. */
export interface TrustRoot {
	readonly trust?: Trust | undefined;
	readonly policy?: Policy | undefined;
	/** The file that names them, and the option or place that it comes from. */
	readonly path: string;
	readonly from: string;
}

/** Adds the options of commands that check packages against a trust root. */
export function addPolicyOptions(command: Command): Command {
	allowBareOption(command, "--allow-unsigned", "**");
	return inGroup(command, "Trust:", (group) =>
		addTrustOptions(group)
			.option(
				"--policy <file>",
				"who may sign what: a pvpkg/policy@1 document, instead of --pubkey and --cacerts",
			)
			.option("--no-trust", "check the structure only, whoever signed")
			.option("--require-trust", "fail when there is nobody to trust")
			.option(
				"--allow-unsigned [pattern]",
				"accept files that no trusted signature covers: all, or with =PATTERN those that match, such as app/**",
				collect,
			),
	);
}

/** Makes an option without a value mean `value`; what follows it is then never taken for its value. */
function allowBareOption(command: Command, name: string, value: string): void {
	const parse = command.parseOptions.bind(command);
	command.parseOptions = (words) => parse(words.map((word) => (word === name ? `${name}=${value}` : word)));
}

function addTrustOptions(command: Command): Command {
	return command
		.addOption(new Option("--pubkey <file>", "PEM public keys: trust only these").env("PVR_SIG_PUBKEY"))
		.addOption(
			new Option("--cacerts <file>", "PEM authorities to trust (default: pvs/cacerts.default.pem)").env(
				"PVR_SIG_CACERTS",
			),
		)
		.option("--no-dates", "ignore the dates of certificates, as devices do");
}

/** Returns the trust root of flags, variables or the configuration directory; undefined if there is none. */
export function readTrustRoot(session: Session, flags: PolicyFlags): TrustRoot | undefined {
	if (!flags.trust) {
		if (flags.policy !== undefined || flags.requireTrust) {
			throw new UsageError(
				`--no-trust and --${flags.policy === undefined ? "require-trust" : "policy"}: cannot be given together`,
			);
		}
		return undefined;
	}
	if (flags.policy === undefined) return readNamedRoot(session, flags);
	const path = flags.policy;
	const readFile = (name: string): Uint8Array => readInput(resolve(dirname(path), name));
	const policy = parsePolicy(readInput(path), path, { readFile, time: timeOf(flags) });
	return { policy, path, from: "--policy" };
}

/** Returns whom to trust; without keys and authorities, the keys inside the signatures. */
export function readTrust(session: Session, flags: TrustFlags): Trust {
	const root = readNamedRoot(session, flags);
	if (root?.trust !== undefined) return root.trust;
	session.terminal.warn(
		"no authorities are known (--cacerts, --pubkey): signatures prove integrity, not who signed",
	);
	return { embedded: true, time: timeOf(flags) };
}

function readNamedRoot({ configDirectory, variables }: Session, flags: TrustFlags): TrustRoot | undefined {
	const time = timeOf(flags);
	const from = (option: string, variable: string, value: string): string =>
		variables[variable] === value ? variable : option;
	if (flags.pubkey !== undefined) {
		const path = flags.pubkey;
		const trust = { publicKeys: parsePublicKeys(readInput(path), path), time };
		return { trust, path, from: from("--pubkey", "PVR_SIG_PUBKEY", path) };
	}
	const standard = configDirectory && join(configDirectory, "pvs", "cacerts.default.pem");
	const found = standard && existsSync(standard) ? standard : undefined;
	const path = flags.cacerts ?? found;
	if (path === undefined) return undefined;
	const origin =
		flags.cacerts === undefined ? "the configuration" : from("--cacerts", "PVR_SIG_CACERTS", path);
	return { trust: { authorities: parseCertificates(readInput(path), path), time }, path, from: origin };
}

function timeOf({ dates }: TrustFlags): number | undefined {
	return dates ? Date.now() : undefined;
}
