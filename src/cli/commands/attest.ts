import type { Command } from "commander";
import { attachToStatement, signStatementFile, statementInput, writeFileAtomically } from "../../internal.js";
import { action, createCommand } from "../command.js";
import { readInput } from "../input-file.js";
import { fileOption } from "../option-values.js";
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

interface AttestFlags extends SigningFlags, DetachedFlags {
	readonly dsse?: boolean;
	readonly output?: string;
}

export function attestCommand(): Command {
	const command = createCommand(
		"attest",
		"Sign an in-toto statement that export or build wrote, also with a key that is kept elsewhere.",
		[
			"pvpkg export nginx:1.27 web -p linux/amd64 --provenance --attestation-form statement",
			"pvpkg attest web.amd64.tgz.provenance.intoto.json --key attest.pem",
			"pvpkg attest web.amd64.tgz.provenance.intoto.json --pubkey attest.pub --emit-payload to-sign",
			"openssl dgst -sha256 -sign attest.pem -out signature to-sign",
			"pvpkg attest web.amd64.tgz.provenance.intoto.json --pubkey attest.pub --attach signature",
		].join("\n"),
	)
		.argument("<statement>", "file that --attestation-form statement wrote")
		.option("--dsse", "write a bare DSSE envelope instead of a Sigstore bundle")
		.option("-o, --output <file>", "file to write (default: beside the statement)", fileOption("--output"));
	return addDetachedOptions(addSignerCommandOptions(addKeyOptions(command))).action(
		action(async (session, flags: AttestFlags, path: string) => {
			checkDetached(flags);
			const statement = readInput(path);
			if (flags.emitPayload !== undefined) {
				const input = await statementInput(statement, path);
				writeFileAtomically(flags.emitPayload, input, { output: {} });
				session.terminal.report<"attest">(flags.emitPayload, {
					payload: flags.emitPayload,
					size: input.length,
				});
				return;
			}
			const text = await signed(session, flags, statement, path);
			const output = flags.output ?? outputPath(path, flags);
			writeFileAtomically(output, text, { output: {} });
			session.terminal.report<"attest">(output, { path: output, form: formOf(flags) });
		}),
	);
}

function signed(session: Session, flags: AttestFlags, statement: Uint8Array, path: string): Promise<string> {
	const form = formOf(flags);
	if (flags.attach === undefined) {
		return signStatementFile(statement, path, openSigner(session, flags), form);
	}
	const identity = openIdentity(session, flags);
	const signature = decodeSignature(readInput(flags.attach));
	return attachToStatement(statement, path, { identity, signature }, form);
}

function formOf({ dsse }: AttestFlags): "bundle" | "dsse" {
	return dsse ? "dsse" : "bundle";
}

function outputPath(path: string, { dsse }: AttestFlags): string {
	return `${path.replace(/\.intoto\.json$/, "")}${dsse ? ".dsse.json" : ".sigstore.json"}`;
}
