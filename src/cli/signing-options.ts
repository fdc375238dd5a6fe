import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Command, Option } from "commander";
import {
	localSigner,
	parseCertificates,
	parsePrivateKey,
	parsePublicKeys,
	type Signer,
	type SignerIdentity,
	type Signing,
	signerIdentity,
} from "../internal.js";
import { MissingError, UsageError } from "./errors.js";
import { readInput } from "./input-file.js";
import { inGroup } from "./option-group.js";
import { fileOption } from "./option-values.js";
import type { Session } from "./session.js";
import { runSigner } from "./signer-command.js";

export interface SigningFlags {
	/** False with --no-sign. */
	readonly sign?: boolean;
	readonly key?: string;
	readonly x5c?: string;
	/** Command that signs its standard input. */
	readonly signerCmd?: string;
	readonly pubkey?: string;
	/** True with --noconfig. */
	readonly noconfig?: boolean;
}

export function addKeyOptions(command: Command): Command {
	return inGroup(command, "Signing:", (group) =>
		group
			.addOption(
				new Option("--key <file>", "PEM private key (default: pvs/key.default.pem of the settings)").env(
					"PVR_SIG_KEY",
				),
			)
			.addOption(
				new Option(
					"--x5c <file>",
					"PEM certificate chain to embed, or 'no' for none (default: pvs/x5c.default.pem)",
				).env("PVR_X5C_PATH"),
			),
	);
}

/** Adds the options for keys that this process never sees: a key service, PKCS#11, an openssl engine. */
export function addSignerCommandOptions(command: Command): Command {
	return inGroup(command, "Signing:", (group) =>
		group
			.option("--signer-cmd <command>", "shell command that reads what to sign and writes the signature")
			.option("--pubkey <file>", "public key of --signer-cmd (default: the leaf of --x5c)"),
	);
}

/** Flags for a signature that is made elsewhere, between two runs. */
export interface DetachedFlags {
	readonly emitPayload?: string;
	readonly attach?: string;
}

export function addDetachedOptions(command: Command): Command {
	return command
		.option(
			"--emit-payload <file>",
			"write what is to be signed, and change nothing",
			fileOption("--emit-payload"),
		)
		.option("--attach <file>", "take the signature from a file");
}

/** @throws UsageError */
export function checkDetached({ emitPayload, attach }: DetachedFlags): void {
	if (emitPayload !== undefined && attach !== undefined) {
		throw new UsageError("--emit-payload and --attach: cannot be given together");
	}
}

export function addSigningOptions(command: Command): Command {
	return inGroup(command, "Signing:", (group) =>
		addSignerCommandOptions(addKeyOptions(group))
			.option("--no-sign", "leave the package without a signature")
			.option("--noconfig", "do not cover _config/NAME by the signature"),
	);
}

/** Returns the signer of the flags, and what its signatures cover. */
export function openSigning(session: Session, flags: SigningFlags): Signing {
	return { signer: openSigner(session, flags), noConfig: flags.noconfig };
}

/**
 * Opens the signer of the flags, or the one of the settings directory.
 * @throws MissingError that says how to make a key; SigningError saying what was found in a file.
 */
export function openSigner(session: Session, flags: SigningFlags): Signer {
	const pvs = session.configDirectory && join(session.configDirectory, "pvs");
	if (flags.signerCmd !== undefined) return commandSigner(session, flags, flags.signerCmd);
	const keyPath = flags.key ?? existing(pvs && join(pvs, "key.default.pem"));
	if (keyPath === undefined) {
		const place = pvs === undefined ? "a settings directory (no home: set PVR_CONFIG_DIR)" : pvs;
		throw new MissingError(
			`signing key: find: no key.default.pem in ${place}, expected --key, PVR_SIG_KEY, a key made by "pvpkg keygen", or --no-sign`,
		);
	}
	// The default chain belongs to the default key only.
	const defaultChain = flags.key === undefined ? existing(pvs && join(pvs, "x5c.default.pem")) : undefined;
	const key = parsePrivateKey(readInput(keyPath), keyPath);
	return localSigner(key, readChain(flags.x5c ?? defaultChain));
}

/** Returns the identity of a signer elsewhere: of --pubkey or the leaf of --x5c, else of the local key. */
export function openIdentity(session: Session, flags: SigningFlags): SignerIdentity {
	const { pubkey, x5c, key } = flags;
	if (pubkey === undefined && (x5c === undefined || key !== undefined)) return openSigner(session, flags);
	const publicKey = pubkey === undefined ? undefined : parsePublicKeys(readInput(pubkey), pubkey)[0];
	return signerIdentity(publicKey, readChain(x5c));
}

function commandSigner(session: Session, flags: SigningFlags, command: string): Signer {
	const { signerCmd: _, key, ...rest } = flags;
	// A chain or a public key on the command line identifies the signer, whatever PVR_SIG_KEY names.
	const isNamed = flags.pubkey !== undefined || (flags.x5c !== undefined && flags.x5c !== "no");
	const identity = openIdentity(session, isNamed || key === undefined ? rest : { ...rest, key });
	return { ...identity, sign: (input) => runSigner(command, identity.algorithm, input, session.signal) };
}

function readChain(path: string | undefined): ReturnType<typeof parseCertificates> {
	return path === undefined || path === "no" ? [] : parseCertificates(readInput(path), path);
}

function existing(path: string | undefined): string | undefined {
	return path !== undefined && existsSync(path) ? path : undefined;
}
