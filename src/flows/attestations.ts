import { basename, dirname, join } from "node:path";
import type { AttestationTrust, AttestedPackage, StatementKind } from "../evidence/attest/index.js";
import { BytesError, contentSha256 } from "../ground/bytes/index.js";
import { listDirectory, openFileContent, readFileStart } from "../ground/files/index.js";
import type { Finding } from "../ground/findings/index.js";
import { type Trust, verifyState } from "../pantavisor/signing/index.js";
import { objectReference, type State } from "../pantavisor/state/index.js";
import type { Policy } from "../verify/index.js";
import { FORMS, STATEMENT_NAMES } from "./attestation-files.js";
import { packageImages, stateIdentity } from "./package-contents.js";

/** Which attestations of a package are checked, and whom to trust. */
export interface AttestationRequest {
	/** The package file; undefined for a checkout or a state. */
	readonly path: string | undefined;
	/** Attestations. Default: those beside the package. */
	readonly paths?: readonly string[] | undefined;
	/** Directory to look for them instead. */
	readonly directory?: string | undefined;
	/** Who may sign attestations, in place of a policy. */
	readonly trust?: Trust | undefined;
	readonly policy?: Policy | undefined;
	/** Whether an attestation of somebody who is not trusted is an error; with a policy it always is. */
	readonly strict?: boolean | undefined;
}

/** What attestations prove of a package. */
export interface AttestationReport {
	readonly findings: readonly Finding[];
	readonly attestations: readonly CheckedAttestation[];
}

export interface CheckedAttestation {
	readonly path: string;
	/** What it proves; undefined where it proves nothing. */
	readonly attested: StatementKind | undefined;
}

/** Checks the attestations of a package: that they are about it, and who signed them. */
export async function checkAttestations(
	state: State,
	request: AttestationRequest,
): Promise<AttestationReport> {
	const { path, paths = namesBeside(request), policy, trust, strict = false } = request;
	if (paths.length === 0) return { findings: [], attestations: [] };
	const { ATTESTATION_LIMIT, checkAttestation } = await import("../evidence/attest/index.js");
	// One byte beyond the limit is read, to detect a file that is too large.
	const files = paths.map((name) => [name, readFileStart(name, ATTESTATION_LIMIT + 1)] as const);
	const about = describeState(state, path);
	const scopes = policy?.attest ?? (trust === undefined ? [] : [{ ...ANY, trusts: [trust] }]);
	const trusted: AttestationTrust = { scopes, strict: strict || policy !== undefined };
	const checked = files.map(([name, bytes]) => {
		if (bytes === undefined) throw missing(name);
		return { path: name, ...checkAttestation(bytes, name, about, trusted) };
	});
	return {
		findings: checked.flatMap(({ findings }) => findings),
		attestations: checked.map(({ path, attested }) => ({ path, attested })),
	};
}

/** A trust root says nothing of builders and images. */
const ANY = { builds: undefined, images: undefined };

/** Returns which attestations lie beside a package. */
function namesBeside({ path, directory }: AttestationRequest): string[] {
	if (path === undefined) return [];
	const place = directory ?? dirname(path);
	const there = new Set(listDirectory(place));
	const names = Object.values(STATEMENT_NAMES).flatMap((middle) =>
		[FORMS.bundle, FORMS.dsse].map(({ suffix }) => `${basename(path)}${middle}${suffix}`),
	);
	return names.filter((name) => there.has(name)).map((name) => join(place, name));
}

function missing(path: string): BytesError {
	return new BytesError("ERR_FILE_NOT_FOUND", `${path}: read: there is no such file or directory`);
}

function describeState(state: State, path: string | undefined): AttestedPackage {
	const objects = [...state].flatMap(([key, value]): [string, string][] => {
		const sha256 = objectReference(value);
		return sha256 === undefined ? [] : [[key, sha256]];
	});
	return {
		identity: stateIdentity(state),
		file: path === undefined ? undefined : fileSha256(path),
		objects: new Map(objects),
		images: packageImages(state).flatMap(({ images }) => [...images]),
		chains: verifyState(state, []).flatMap(({ signature }) => (signature?.chain ? [signature.chain] : [])),
	};
}

function fileSha256(path: string): string {
	const file = openFileContent(path);
	try {
		return contentSha256(file);
	} finally {
		file.close();
	}
}
