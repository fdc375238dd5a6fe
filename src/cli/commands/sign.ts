import type { Command } from "commander";
import {
	attachSignature,
	checkOutputFile,
	commitAll,
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
import { action, createCommand } from "../command.js";
import { InputError, UsageError } from "../errors.js";
import { readInput } from "../input-file.js";
import { collect, fileOption } from "../option-values.js";
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
		"Sign the containers of packages again, also with a key that is kept elsewhere.",
		[
			"pvpkg sign releases/*.tgz --key key.pem",
			"pvpkg sign web.tgz --part web --x5c chain.pem --emit-payload to-sign",
			"openssl dgst -sha256 -sign key.pem -out signature to-sign",
			"pvpkg sign web.tgz --part web --x5c chain.pem --attach signature",
		].join("\n"),
	)
		.argument("<package...>", "package files, or checkout directories")
		.option("--part <name>", "container to sign (repeatable; default: all)", collect)
		.option("-i, --include <glob>", "cover these files of the container instead of all (repeatable)", collect)
		.option("-e, --exclude <glob>", "leave out these files instead of src.json (repeatable)", collect)
		.option("--noconfig", "do not cover _config/NAME")
		.option("--with-payload", "keep a copy of the payload in the signature")
		.option(
			"-o, --output <file>",
			"package to write (default: the same); for one package",
			fileOption("--output"),
		);
	return addDetachedOptions(addSignerCommandOptions(addKeyOptions(command))).action(
		action(async (session, flags: SignFlags, paths: readonly string[]) => {
			checkDetached(flags);
			checkOnePackage(flags, paths);
			if (flags.emitPayload !== undefined) return emitPayload(session, flags, paths[0]!, flags.emitPayload);
			const made: SignedOutput[] = [];
			for (const path of paths) made.push(await signOne(session, flags, path));
			await commitAll(made);
			const packages = made.map(({ path, signed }) => ({ path, signed }));
			const text = packages.map(({ path }) => path).join("\n");
			session.terminal.report<"sign">(text, packages.length === 1 ? packages[0]! : { packages });
		}),
	);
}

/** A signed package that is written by `commit`. */
interface SignedOutput {
	readonly path: string;
	/** Containers. */
	readonly signed: readonly string[];
	commit(): void;
}

/** @throws UsageError for several packages together with an option for a single file. */
function checkOnePackage(flags: SignFlags, paths: readonly string[]): void {
	if (paths.length === 1) return;
	const { output, attach, emitPayload: payload } = flags;
	const given = Object.entries({ "--output": output, "--attach": attach, "--emit-payload": payload });
	const [option] = given.find(([, value]) => value !== undefined) ?? [];
	if (option !== undefined) throw new UsageError(`${option}: expected one package, got ${paths.length}`);
}

/** Runs `use` with a package or a checkout, and the names of the containers to sign. */
function withContainers<T>(
	session: Session,
	{ part }: SignFlags,
	path: string,
	use: (input: PackageInput, names: readonly string[]) => Promise<T>,
): Promise<T> {
	return withPackageInput(path, session, { sound: true }, async (input) => {
		if (input.kind !== "state") return use(input, part ?? listContainers(input.state));
		throw new InputError(`${path}: sign: expected a package file or a checkout, got a state`);
	});
}

function emitPayload(session: Session, flags: SignFlags, path: string, payload: string): Promise<void> {
	return withContainers(session, flags, path, async ({ state }, names) => {
		const { input } = detachedRequest(session, flags, state, names);
		writeFileAtomically(payload, input, { output: {} });
		session.terminal.report<"sign">(payload, { payload, size: input.length });
	});
}

function signOne(session: Session, flags: SignFlags, path: string): Promise<SignedOutput> {
	return withContainers(session, flags, path, async (input, signed) => {
		const output = flags.output ?? path;
		if (input.kind === "package" || output !== path) checkOutputFile(output);
		const state = await signParts(session, flags, input.state, signed);
		const { commit } = await prepareSigned(session, input, { state, names: signed, output });
		return { path: output, signed, commit };
	});
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

/** A state with new signatures over the named containers, and the path that it is for. */
interface SignedContent {
	readonly state: State;
	readonly names: readonly string[];
	readonly output: string;
}

/** Prepares a signed package, or the signatures of a checkout in its work tree and its committed state. */
async function prepareSigned(
	session: Session,
	{ kind, path, objects }: PackageInput,
	{ state, names, output }: SignedContent,
): Promise<{ commit(): void }> {
	if (kind !== "checkout" || output !== path) {
		const file = await writeArchiveFile(state, objects!, output, { gzip: !output.endsWith(".tar") });
		return { commit: () => file.commit() };
	}
	return { commit: () => signCheckout(session, path, state, names) };
}

function signCheckout(session: Session, path: string, state: State, names: readonly string[]): void {
	const checkout = readCheckout(path, session);
	try {
		const keys = names.map((name) => `_sigs/${name}.json`);
		writeSignatures(checkout, state, keys, { commit: true });
	} finally {
		checkout.close();
	}
}
