import { resolve } from "node:path";
import { PvpkgError } from "../ground/bytes/index.js";
import { followLinks } from "../ground/files/index.js";
import {
	type Digest,
	formatPlatform,
	formatReference,
	type Image,
	type ImageSource,
	imagesOfIndex,
	parseReference,
	type Reference,
} from "../image/oci/index.js";
import type { ImageLocation } from "../image/sources/index.js";
import {
	checkUnsigned,
	demandsOf,
	type FoundSignatures,
	type GoodSignature,
	ImageTrustError,
	meetDemand,
	readSignatures,
	registryScopes,
	type SignatureDemand,
	type SignatureForm,
	signatureTag,
} from "../image/trust/index.js";
import type { ImageInput } from "./input.js";
import { openPlace, openReferrersOf } from "./opener.js";
import type { PinnedInput } from "./ports.js";
import type { Run } from "./run.js";

/** A demanded signature of an image that is valid. */
export interface ImageSignature extends GoodSignature {
	/** Who demanded it: `--verify-image`, or the scope of a policy. */
	readonly demanded: string;
	/** The document with the signature, for a copy of it. */
	readonly found: FoundSignatures;
}

/** Errors that mean: there is no such document. */
const ABSENT: ReadonlySet<string> = new Set([
	"ERR_REGISTRY_NOT_FOUND",
	"ERR_IMAGE_NOT_FOUND",
	"ERR_BLOB_MISSING",
	"ERR_OFFLINE",
]);

/** The origin of the checked images. */
interface CheckedInput {
	readonly input: ImageInput;
	readonly place: ImageLocation;
	readonly source: ImageSource;
	/** Set if a lock chose the images. */
	readonly pinned: PinnedInput | undefined;
}

/**
 * Checks the demanded signatures of images, before any of their layers is read.
 * @returns their signatures, in the order of the images; none where none are demanded.
 * @throws ImageTrustError ERR_IMAGE_SIGNATURE, ERR_IMAGE_POLICY
 */
export async function checkImageTrust(
	run: Run,
	{ input, place, source, pinned }: CheckedInput,
	images: readonly Image[],
): Promise<readonly (readonly ImageSignature[])[]> {
	const { imageTrust: trust } = run.settings;
	if (trust === undefined) return images.map(() => []);
	const reference = signedName(place, pinned);
	if (reference === undefined) {
		if (trust.keys.length > 0) {
			const reason = "expected an image of a registry, as only those are signed";
			throw new ImageTrustError("ERR_IMAGE_SIGNATURE", `${input.text}: --verify-image: ${reason}`);
		}
		if (trust.policy !== undefined) checkUnsigned(trust.policy, { ...policyScopes(place), text: input.text });
		return images.map(() => []);
	}
	const demands = demandsOf(trust, reference);
	const signatures = new SignatureSearch(run, place, reference);
	const checked: ImageSignature[][] = [];
	for (const image of images) {
		if (pinned !== undefined && demands.some(({ broad }) => broad)) await checkIndex(run, source, image);
		const good: ImageSignature[] = [];
		const judged = { reference, image, signatures, recorded: input.recorded };
		for (const demand of demands) good.push(await meet(run, demand, judged));
		checked.push(good);
	}
	return checked;
}

/** Returns under which scopes a policy may name an image of this machine, as containers-policy.json(5) has it. */
function policyScopes(place: ImageLocation): {
	readonly transport: string;
	readonly scopes: readonly string[];
} {
	switch (place.kind) {
		case "oci":
		case "oci-archive":
			return { transport: place.kind, scopes: pathScopes(place.path) };
		case "containers-dir":
			return { transport: "dir", scopes: pathScopes(place.path) };
		case "docker-daemon":
			return { transport: place.kind, scopes: daemonScopes(place.name) };
		default:
			return { transport: place.kind, scopes: [""] };
	}
}

/** A path without links, and the directories that it lies in. */
function pathScopes(path: string): string[] {
	const parts = resolve(followLinks(path)).split("/");
	const directories = parts.slice(1).map((_, at) => parts.slice(0, parts.length - at).join("/"));
	return [...directories, ""];
}

/** An image id has no name. */
function daemonScopes(name: string): string[] {
	return /^(?:sha256:)?[0-9a-f]{12,64}$/.test(name) ? [""] : registryScopes(parseReference(name));
}

/**
 * Checks that the locked index names the image. A lock is foreign input: it may name a signed index of other
 * images.
 * @throws ImageTrustError ERR_IMAGE_SIGNATURE
 */
async function checkIndex(run: Run, source: ImageSource, { digest, index, requested }: Image): Promise<void> {
	if (index === undefined) return;
	const images = await imagesOfIndex(source, index.digest, run.settings.signal);
	if (images.has(digest)) return;
	const reason = `the lock has ${digest}, which the index ${index.digest} does not name ("pvpkg lock" looks it up)`;
	throw new ImageTrustError(
		"ERR_IMAGE_SIGNATURE",
		`${source.name}: ${formatPlatform(requested)}: check signature: ${reason}`,
	);
}

/**
 * Returns the name that signatures use: that of the registry, even if the image is read from a layout for a
 * lock.
 */
function signedName(place: ImageLocation, pinned: PinnedInput | undefined): Reference | undefined {
	return place.kind === "registry" ? place.reference : pinned?.reference;
}

/** An image, and where to look for its signatures. */
interface Judged {
	readonly reference: Reference;
	readonly image: Image;
	readonly signatures: SignatureSearch;
	/** The record in src.json, for an image that is known by its digest alone. */
	readonly recorded: ImageInput["recorded"];
}

async function meet(run: Run, demand: SignatureDemand, judged: Judged): Promise<ImageSignature> {
	const { reference, image, signatures } = judged;
	const forms: readonly SignatureForm[] = demand.broad ? ["simple-signing", "bundle"] : ["simple-signing"];
	const [subjects, reasons]: [Digest[], string[]] = [[], []];
	for await (const subject of signedDigests(run, demand, judged)) {
		subjects.push(subject);
		for (const form of forms) {
			const found = await signatures.find(subject, form);
			if (found === undefined) continue;
			const result = meetDemand(demand, reference, subject, [found]);
			if ("good" in result) return { ...result.good, demanded: demand.subject, found: result.from };
			reasons.push(...result);
		}
	}
	const name = `${formatReference(reference)}: ${formatPlatform(image.requested)}`;
	throw refused(demand, name, subjects, reasons, hintOf(run, demand, judged, subjects));
}

/** Yields the digests that may be signed: the image, and if the demand allows it, an index that names it. */
async function* signedDigests(
	run: Run,
	demand: SignatureDemand,
	{ reference, image: { digest, index }, recorded }: Judged,
): AsyncGenerator<Digest> {
	if (demand.broad && index !== undefined) yield index.digest;
	yield digest;
	const tag = recorded?.name?.tag;
	if (!demand.broad || index !== undefined || tag === undefined) return;
	const current = await indexNaming(run, { ...reference, tag, digest: undefined }, digest);
	if (current !== undefined) yield current;
}

/** Returns the index that a tag means now, if it names an image; a src.json without a lock records the image alone. */
async function indexNaming(run: Run, reference: Reference, digest: Digest): Promise<Digest | undefined> {
	const { signal } = run.settings;
	try {
		const { source } = await openPlace(run, { kind: "registry", reference });
		const { descriptor } = await source.fetchManifest(undefined, signal);
		const images = await imagesOfIndex(source, descriptor.digest, signal);
		return images.has(digest) && descriptor.digest !== digest ? descriptor.digest : undefined;
	} catch (error) {
		if (error instanceof PvpkgError && ABSENT.has(error.code)) return undefined;
		throw error;
	}
}

/** Returns a hint for the message of a missing signature. */
function hintOf(
	run: Run,
	{ broad }: SignatureDemand,
	{ image: { index }, recorded }: Judged,
	subjects: readonly Digest[],
): string {
	if (run.settings.offline) return " (the network is forbidden: what was not fetched before is not found)";
	if (!broad || index !== undefined || subjects.length > 1) return "";
	const { familiarName, tag } = recorded?.name ?? {};
	const moved =
		tag === undefined ? "" : `, and the index that ${familiarName}:${tag} means now does not name it`;
	return ` (it is known by its digest alone${moved}: "pvpkg lock" records the index, which may be signed)`;
}

function refused(
	demand: SignatureDemand,
	image: string,
	subjects: readonly Digest[],
	reasons: readonly string[],
	hint: string,
): ImageTrustError {
	const what = subjects.join(" and ");
	const reason =
		reasons.length === 0
			? `there is no signature of ${what}${hint}`
			: `no signature of ${what} is good: ${[...new Set(reasons)].slice(0, 5).join("; ")}${hint}`;
	return new ImageTrustError(
		"ERR_IMAGE_SIGNATURE",
		`${image}: check signature (${demand.subject}): ${reason}`,
	);
}

/** Finds the signature documents of one image, and fetches each once. */
class SignatureSearch {
	readonly #run: Run;
	readonly #place: ImageLocation;
	readonly #reference: Reference;
	readonly #found: Map<string, Promise<FoundSignatures | undefined>> = new Map();

	constructor(run: Run, place: ImageLocation, reference: Reference) {
		this.#run = run;
		this.#place = place;
		this.#reference = reference;
	}

	/** Returns the signatures of a manifest or index in one form; undefined where there is no such document. */
	find(digest: Digest, form: SignatureForm): Promise<FoundSignatures | undefined> {
		const key = signatureTag(digest, form);
		const known = this.#found.get(key) ?? this.#read(digest, form);
		this.#found.set(key, known);
		return known;
	}

	async #read(digest: Digest, form: SignatureForm): Promise<FoundSignatures | undefined> {
		const { signal } = this.#run.settings;
		try {
			const source = await this.#open(digest, form);
			const root = await source.fetchManifest(undefined, signal);
			return await readSignatures(source, root, digest, form, signal);
		} catch (error) {
			if (error instanceof PvpkgError && ABSENT.has(error.code)) {
				this.#run.settings.registry.onDebug?.(error.message);
				return undefined;
			}
			throw error;
		}
	}

	async #open(digest: Digest, form: SignatureForm) {
		const [place, reference, tag] = [this.#place, this.#reference, signatureTag(digest, form)];
		if (place.kind === "oci" || place.kind === "oci-archive") {
			const name = `${reference.familiarName}:${tag}`;
			return (await openPlace(this.#run, { ...place, tag: name })).source;
		}
		if (form === "bundle") return openReferrersOf(this.#run, reference, digest);
		return (
			await openPlace(this.#run, { kind: "registry", reference: { ...reference, tag, digest: undefined } })
		).source;
	}
}
