import type { Command } from "commander";
import {
	attachSignature,
	checkOutputFile,
	isJsonObject,
	type PackageInput,
	partSelection,
	readCheckout,
	type SigningRequest,
	type State,
	signingRequest,
	signState,
	writeArchiveFile,
	writeFileAtomically,
	writeSignatures,
} from "../../internal.js";
import { action, createCommand, parsePath } from "../command.js";
import { InputError, UsageError } from "../errors.js";
import { readInput } from "../input-file.js";
import { collect } from "../option-values.js";
import { withPackageInput } from "../package-input.js";
import type { Session } from "../session.js";
import { decodeSignature } from "../signer-command.js";
import {
	addDetachedOptions,
	addKeyOptions,
	addSignerCommandOptions,
	checkDetached,
	type DetachedFlags,
	openIdentity,
	openSigner,
	type SigningFlags,
} from "../signing-options.js";

interface SignFlags extends SigningFlags, DetachedFlags {
	readonly part?: readonly string[];
	readonly include?: readonly string[];
	readonly exclude?: readonly string[];
	readonly withPayload?: boolean;
	readonly output?: string;
}

export function signCommand(): Command {
	const command = createCommand(
		"sign",
		"Sign the containers of a package again, also with a key that is kept elsewhere.",
		[
			"pvpkg sign web.tgz --key key.pem",
			"pvpkg sign web.tgz --part web --x5c chain.pem --emit-payload to-sign",
			"openssl dgst -sha256 -sign key.pem -out signature to-sign",
			"pvpkg sign web.tgz --part web --x5c chain.pem --attach signature",
		].join("\n"),
	)
		.argument("<package>", "package file, or checkout directory")
		.option("--part <name>", "container to sign (repeatable; default: all)", collect)
		.option("-i, --include <glob>", "cover these files of the container instead of all (repeatable)", collect)
		.option("-e, --exclude <glob>", "leave out these files instead of src.json (repeatable)", collect)
		.option("--noconfig", "do not cover _config/NAME")
		.option("--with-payload", "keep a copy of the payload in the signature")
		.option("-o, --output <file>", "package to write (default: the same)", parsePath);
	return addDetachedOptions(addSignerCommandOptions(addKeyOptions(command))).action(
		action(async (session, flags: SignFlags, path: string) => {
			checkDetached(flags);
			await withPackageInput(path, session, { sound: true }, async (input) => {
				if (input.kind === "state")
					throw new InputError(`${path}: sign: expected a package file or a checkout, got a state`);
				const names = flags.part ?? listContainers(input.state);
				if (flags.emitPayload !== undefined) {
					const request = detachedRequest(session, flags, input.state, names);
					writeFileAtomically(flags.emitPayload, request.input, { output: {} });
					session.terminal.report<"sign">(flags.emitPayload, {
						payload: flags.emitPayload,
						size: request.input.length,
					});
					return;
				}
				const output = flags.output ?? path;
				if (input.kind === "package" || output !== path) checkOutputFile(output);
				const state = await signParts(session, flags, input.state, names);
				await writeSigned(session, input, state, names, output);
				session.terminal.report<"sign">(output, { path: output, signed: names });
			});
		}),
	);
}

async function signParts(
	session: Session,
	flags: SignFlags,
	state: State,
	names: readonly string[],
): Promise<State> {
	if (flags.attach !== undefined) {
		const request = detachedRequest(session, flags, state, names);
		return attachSignature(state, request, decodeSignature(readInput(flags.attach)));
	}
	const signer = openSigner(session, flags);
	let signed = state;
	for (const name of names) signed = await signState(signed, signingTask(name, flags), signer);
	return signed;
}

function detachedRequest(
	session: Session,
	flags: SignFlags,
	state: State,
	names: readonly string[],
): SigningRequest {
	const [name, ...others] = names;
	if (name === undefined || others.length > 0) {
		throw new UsageError(`--part: expected one container for a detached signature, got ${names.length}`);
	}
	return signingRequest(state, signingTask(name, flags), openIdentity(session, flags));
}

function signingTask(name: string, { include, exclude, noconfig, withPayload }: SignFlags) {
	return { name, selection: partSelection(name, { include, exclude, noConfig: noconfig }), withPayload };
}

function listContainers(state: State): string[] {
	const keys = [...state].filter(([key, value]) => /^[^/]+\/run\.json$/.test(key) && isJsonObject(value));
	if (keys.length > 0) return keys.map(([key]) => key.slice(0, key.indexOf("/")));
	throw new InputError("package: sign: expected a container (NAME/run.json), got none");
}

/** A checkout gets the signatures in its work tree and in its committed state. */
async function writeSigned(
	session: Session,
	{ kind, path, objects }: PackageInput,
	state: State,
	names: readonly string[],
	output: string,
): Promise<void> {
	if (kind !== "checkout" || output !== path) {
		const gzip = !output.endsWith(".tar");
		(await writeArchiveFile(state, objects!, output, { gzip })).commit();
		return;
	}
	const checkout = readCheckout(path, session);
	try {
		const keys = names.map((name) => `_sigs/${name}.json`);
		writeSignatures(checkout, state, keys, { commit: true });
	} finally {
		checkout.close();
	}
}
