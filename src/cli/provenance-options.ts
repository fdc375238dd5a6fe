import { type Command, Option } from "commander";
import {
	localSigner,
	type ProvenanceRequest,
	parsePrivateKey,
	type Signer,
	type Signing,
} from "../internal.js";
import { builderIdentity } from "./builder-identity.js";
import { UsageError } from "./errors.js";
import { readInput } from "./input-file.js";
import { inGroup } from "./option-group.js";
import { thisTool } from "./sbom-options.js";
import type { Session } from "./session.js";

export interface ProvenanceFlags {
	readonly provenance?: boolean;
	readonly evidenceDir?: string;
	readonly attestKey?: string;
	readonly attestationForm?: ProvenanceRequest["form"];
	readonly builderId?: string;
	readonly timestamps?: boolean;
}

/** Adds the options of provenance to a command that makes packages. */
export function addProvenanceOptions(command: Command): Command {
	return inGroup(command, "SBOM and provenance:", (group) =>
		group
			.option(
				"--provenance",
				"write signed provenance beside each package: what it was made from, and how; with --sbom also the SBOMs as signed statements",
			)
			.addOption(
				new Option(
					"--attest-key <file>",
					"PEM private key that signs provenance and SBOMs (default: that of the package)",
				).env("PVPKG_ATTEST_KEY"),
			)
			.addOption(
				new Option(
					"--attestation-form <form>",
					"Sigstore bundle, bare DSSE envelope, or unsigned statement (default: bundle)",
				).choices(["bundle", "dsse", "statement"]),
			)
			.option(
				"--builder-id <address>",
				"who builds, for the provenance (default: what GitLab or GitHub report)",
			)
			.option("--timestamps", "state when the work began and ended: provenance then differs each time"),
	);
}

/** Returns which statements are asked for; undefined for none. @param signing who signs the package. */
export function readProvenanceRequest(
	session: Session,
	flags: ProvenanceFlags,
	signing: Signing | undefined,
): ProvenanceRequest | undefined {
	const { attestationForm, builderId, timestamps, evidenceDir } = flags;
	// A variable of a CI job is set for all its commands, so it may be unused here.
	const attestKey = flags.attestKey === session.variables.PVPKG_ATTEST_KEY ? undefined : flags.attestKey;
	if (!flags.provenance) {
		const given = {
			...{ "attest-key": attestKey, "attestation-form": attestationForm },
			...{ "builder-id": builderId, timestamps },
		};
		const [name] = Object.entries(given).find(([, value]) => value !== undefined) ?? [];
		if (name === undefined) return undefined;
		throw new UsageError(`--${name}: expected --provenance with it`);
	}
	const form = attestationForm ?? "bundle";
	if (form === "statement" && attestKey !== undefined)
		throw new UsageError("--attest-key: expected a form that is signed, got --attestation-form statement");
	return {
		directory: evidenceDir,
		form,
		signer: form === "statement" ? undefined : openAttester(session, flags, signing),
		builder: builderIdentity(session.variables, builderId),
		tool: thisTool(),
		clock: timestamps ? { started: Date.now(), now: () => Date.now() } : undefined,
	};
}

function openAttester(
	{ terminal }: Session,
	{ attestKey }: ProvenanceFlags,
	signing: Signing | undefined,
): Signer {
	if (attestKey !== undefined) return localSigner(parsePrivateKey(readInput(attestKey), attestKey));
	if (signing === undefined) {
		throw new UsageError(
			"--provenance: expected --attest-key, or --attestation-form statement to sign elsewhere",
		);
	}
	terminal.warn("--provenance: signed by the key of the package; a key of its own is better (--attest-key)");
	return signing.signer;
}
