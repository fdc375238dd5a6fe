import { type Command, Option } from "commander";
import {
	type Checkout,
	coverageOf,
	encodeCanonicalJson,
	encodeIndentedJson,
	encodePayload,
	parseSignature,
	partSelection,
	plainJson,
	rawSelection,
	type Signature,
	type State,
	selectSignatures,
	signatureListing,
	signatureSelection,
	signState,
	updateSignatures,
	verifyState,
	withWorkingSignatures,
	writeFileAtomically,
	writeSignatures,
} from "../../internal.js";
import { action, createCommand, createGroup } from "../command.js";
import { MissingError, UsageError } from "../errors.js";
import { collect } from "../option-values.js";
import { withCheckout } from "../package-input.js";
import type { Session } from "../session.js";
import { openSigner, type SigningFlags } from "../signing-options.js";
import { readTrust } from "../trust-options.js";

interface SigFlags extends SigningFlags {
	readonly cacerts?: string;
	readonly dates?: boolean;
	readonly withPayload?: boolean;
	readonly output?: string;
}

interface AddFlags extends SigFlags {
	readonly part?: string;
	readonly raw?: string;
	readonly include?: readonly string[];
	readonly exclude?: readonly string[];
}

interface ListFlags extends SigFlags {
	readonly withSigs?: boolean;
}

/** `sig` with pvr's flags, before the sub-command or after it. */
export function sigCommand(): Command {
	const group = createGroup(
		"sig",
		"Sign this checkout, and check its signatures, as pvr does.",
		"pvpkg sig add --part web\npvpkg sig update\npvpkg sig ls --with-sigs",
	);
	return addSigOptions(group)
		.enablePositionalOptions()
		.addCommand(addCommand())
		.addCommand(updateCommand())
		.addCommand(listCommand());
}

function addCommand(): Command {
	const command = createCommand("add", "Sign files of the committed state.", "pvpkg sig add --part web")
		.option("-p, --part <name>", "container to sign")
		.option("-r, --raw <name>", "sign by --include alone, under this name")
		.option("-i, --include <glob>", "what is covered (repeatable; default: **)", collect)
		.option("-e, --exclude <glob>", "what is left out (repeatable; default: src.json)", collect)
		.option("-n, --noconfig", "do not cover _config/NAME");
	return addSigOptions(command, ["-p"]).action(
		action((session, flags: AddFlags) =>
			withCheckout(session, async (checkout) => {
				const { part, raw, include, exclude, noconfig } = flags;
				if ((part === undefined) === (raw === undefined)) {
					throw new UsageError("sig add: expected --part or --raw, and one of them only");
				}
				const name = (part ?? raw)!.replace(/^\/+|\/+$/g, "");
				const options = { include, exclude, noConfig: noconfig };
				const selection = part === undefined ? rawSelection(name, options) : partSelection(name, options);
				const task = { name, selection, withPayload: flags.withPayload };
				const signed = await signState(checkout.state, task, openSigner(session, flags));
				const key = `_sigs/${name}.json`;
				writeSignatures(checkout, signed, [key]);
				const text = encodeCanonicalJson(signed.get(key)!);
				const printed = flags.output === "-" && !session.terminal.json ? text : "";
				if (flags.output !== "-") writeCopy(flags.output, text);
				session.terminal.info(`${key}: signed; add and commit it`);
				session.terminal.result<"sig add">(printed, { key });
			}),
		),
	);
}

function updateCommand(): Command {
	const command = createCommand(
		"update",
		"Make signatures again, over the same keys of the state.",
		"pvpkg sig update web",
	)
		.alias("up")
		.argument("[names...]", "NAME, or glob over keys that ends in .json (default: all in _sigs)");
	return addSigOptions(command).action(
		action((session, flags: SigFlags, names: string[]) =>
			withCheckout(session, async (checkout) => {
				if (flags.output === "-") throw new UsageError("sig update: --output: expected a file, got -");
				const found = findSignatures(checkout.state, names, patternsOf(names));
				const before = withWorkingSignatures(checkout, found);
				const { state, keys } = await updateSignatures(before, openSigner(session, flags), patternsOf(names));
				const written = [...new Set(keys.map((key) => `_sigs/${key.slice(key.lastIndexOf("/") + 1)}`))];
				writeSignatures(checkout, state, written);
				for (const key of written) {
					session.terminal.info(`${key}: signed again; add and commit it`);
					writeCopy(flags.output, encodeCanonicalJson(state.get(key)!));
				}
				session.terminal.result<"sig update">("", { keys: written });
			}),
		),
	);
}

function listCommand(): Command {
	const command = createCommand(
		"ls",
		"Check the signatures of the committed state, and list what they cover.",
		"pvpkg sig ls --with-sigs",
	)
		.argument("[names...]", "NAME, or glob over keys that ends in .json (default: all)")
		.option("--part <name>", "accepted as in pvr, without effect")
		.addOption(new Option("-s, --with-sigs", "list the signatures as well").env("PVR_SIG_LS_WITH_SIGS"));
	return addSigOptions(command).action(
		action((session, flags: ListFlags, names: string[]) =>
			withCheckout(session, (checkout) => {
				const listing = listSignatures(session, checkout, flags, names);
				const text = encodeIndentedJson(listing, "    ");
				writeCopy(flags.output === "-" ? undefined : flags.output, text);
				session.terminal.result<"sig ls">(text, { ...(plainJson(listing) as object) });
			}),
		),
	);
}

/** @throws SigningError of the first signature that does not hold. */
function listSignatures(session: Session, checkout: Checkout, flags: ListFlags, names: readonly string[]) {
	const patterns = names.length === 0 ? ["**.json", "**/*.json"] : names;
	const keys = findSignatures(checkout.state, names, patterns);
	const state = withWorkingSignatures(checkout, keys);
	const trust = readTrust(session, { ...flags, dates: flags.dates ?? true });
	for (const { error } of verifyState(state, trust, keys)) if (error !== undefined) throw error;
	const signatures = keys.map((key) => parseSignature(state, key));
	const payload = (signature: Signature): string =>
		Buffer.from(encodePayload(state, signatureSelection(signature)), "utf8").toString("base64url");
	return signatureListing(coverageOf(state, signatures), signatures, {
		withSignatures: flags.withSigs ?? false,
		...(flags.withPayload && { withPayload: payload }),
	});
}

/** @throws MissingError when names were given, and there is no such signature. */
function findSignatures(state: State, names: readonly string[], patterns: readonly string[]): string[] {
	const keys = selectSignatures(state, patterns);
	if (keys.length > 0 || names.length === 0) return keys;
	throw new MissingError(`${names.join(", ")}: find signature: expected one that is committed, got none`);
}

function patternsOf(names: readonly string[]): readonly string[] {
	return names.length === 0 ? ["_sigs/*.json"] : names;
}

function writeCopy(path: string | undefined, text: string): void {
	if (path !== undefined) writeFileAtomically(path, text, { output: {} });
}

/** @param taken short options that mean something else to the sub-command. */
function addSigOptions(command: Command, taken: readonly string[] = []): Command {
	const add = (short: string, long: string, text: string, variable: string) =>
		command.addOption(new Option(taken.includes(short) ? long : `${short}, ${long}`, text).env(variable));
	add("-k", "--key <file>", "PEM private key (default: pvs/key.default.pem of the settings)", "PVR_SIG_KEY");
	add(
		"-x",
		"--x5c <file>",
		"PEM chain to embed, or 'no' for none (default: pvs/x5c.default.pem)",
		"PVR_X5C_PATH",
	);
	add("-p", "--pubkey <file>", "trust only these PEM public keys", "PVR_SIG_PUBKEY");
	add("-c", "--cacerts <file>", "PEM certificates of authorities to trust", "PVR_SIG_CACERTS");
	return command
		.addOption(new Option("--with-payload", "keep or show the payload").env("PVS_SIG_WITH_PAYLOAD"))
		.addOption(new Option("--output <file>", "write a copy of the result to this file").env("PVS_SIG_OUTPUT"))
		.option("--no-dates", "ignore the dates of certificates, as devices do")
		.option("--signer-cmd <command>", "shell command that reads what to sign and writes the signature");
}
